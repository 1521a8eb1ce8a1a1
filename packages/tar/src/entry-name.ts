import { displayName } from './binary-name.ts';
import { fail } from './errors.ts';

/** Longest path in an archive, in bytes (PATH_MAX of Linux). */
export const MAX_NAME = 4096;

/**
 * The components of an entry's name below the layer's root: a leading slash and "." do not count. Throws TAR_UNSAFE
 * for "..", and for names that no file system takes.
 */
export function splitEntryName(name: string): string[] {
  if (name.length > MAX_NAME) throw fail('TAR_TOO_LARGE', `tar entry name is longer than ${MAX_NAME} bytes`);
  if (name.includes('\0')) throw fail('TAR_UNSAFE', `invalid tar entry "${displayName(name)}": name has a zero byte`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw fail('TAR_UNSAFE', `invalid tar entry "${displayName(name)}": name leads out of the layer`);
  }
  return parts;
}

const WHITEOUT = '.wh.';
const META = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';

/** What a file name means in a layer (OCI image-spec, layer, "Whiteouts"). */
export type Whiteout =
  | { readonly kind: 'none' }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'opaque' }
  /** Bookkeeping of aufs, which means nothing to others. */
  | { readonly kind: 'ignore' };

/** Reads the last component of a name. Throws TAR_UNSAFE for a whiteout of "." or "..". */
export function readWhiteout(base: string): Whiteout {
  if (!base.startsWith(WHITEOUT)) return { kind: 'none' };
  if (base === OPAQUE) return { kind: 'opaque' };
  if (base.startsWith(META)) return { kind: 'ignore' };
  const name = base.slice(WHITEOUT.length);
  if (name === '' || name === '.' || name === '..') {
    throw fail('TAR_UNSAFE', `invalid tar entry "${displayName(base)}": whiteout without a name`);
  }
  return { kind: 'remove', name };
}
