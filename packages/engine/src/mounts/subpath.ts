import { realpathSync } from 'node:fs';
import { errnoOf, messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';

/** What is wrong with a path that is to lie below a volume or an image; undefined when nothing is. */
export function subpathFault(subpath: string): string | undefined {
  const parts = subpath.split('/');
  const inside = !subpath.startsWith('/') && !parts.includes('..') && !subpath.includes('\0');
  return inside ? undefined : 'subpath must be a relative path within the volume';
}

/**
 * The path of `subpath` below the directory `base` without links in it. Throws BAD_SUBPATH, in Docker's words when it is
 * missing, or when links lead out. What a container changes afterwards is harmless: the path is resolved again within
 * the new container's root (see `lowerMount`).
 */
export function resolveSubpath(base: string, subpath: string): string {
  const asked = `${base}/${subpath}`;
  const wrong = (why: string, cause?: unknown) => fail('BAD_SUBPATH', `cannot access path ${asked}: ${why}`, { cause });
  let root: string;
  let real: string;
  try {
    root = realpathSync(base);
    real = realpathSync(asked);
  } catch (cause) {
    const missing = errnoOf(cause) === 'ENOENT';
    throw wrong(missing ? `lstat ${asked}: no such file or directory` : messageOf(cause), cause);
  }
  if (real !== root && !real.startsWith(`${root}/`)) throw wrong('path escapes from its volume');
  return real === root ? '' : real.slice(root.length + 1);
}
