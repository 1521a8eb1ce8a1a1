import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '@wharf/kit';
import { fail } from '../errors.ts';

const MAX_LINKS = 40;
const MAX_BYTES = 4 * 1024 * 1024;

/** A file as it was found: its path is `relative`, which has no links in it, below `layer`. */
interface Found {
  readonly path: string;
  readonly layer: string;
  readonly relative: string;
  readonly stats: Stats;
}

/** Opens a file step by step, so that nothing put in the way meanwhile can lead out of the layer, or make us wait. */
function openBelow(layer: string, relative: string): number | undefined {
  const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
  const parts = relative.split('/');
  const name = parts.pop() ?? '';
  let at = openSync(layer, O_RDONLY | O_DIRECTORY);
  const enter = (part: string, flags: number) => {
    const next = openSync(`/proc/self/fd/${at}/${part}`, O_RDONLY | O_NOFOLLOW | flags);
    closeSync(at);
    at = next;
  };
  try {
    for (const part of parts) enter(part, O_DIRECTORY);
    enter(name, O_NONBLOCK);
    return at;
  } catch (error) {
    closeSync(at);
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/**
 * Reads files of a container's root without mounting it: looks every path component up in the layers from the top,
 * follows symbolic links inside the root only, and knows overlay whiteouts (a character device 0:0). A container that runs
 * may change anything meanwhile: then the answer may be nothing, never a file outside its layers. Opaque directories are
 * not told apart, which can only show a lower layer's file that an upper one meant to hide with its whole directory.
 */
export class RootfsView {
  readonly #layers: readonly string[];

  /** Directories, topmost first. */
  constructor(layers: readonly string[]) {
    this.#layers = layers;
  }

  /** Content of a regular file of at most 4 MiB; undefined when there is none. */
  readFile(path: string): Buffer | undefined {
    const found = this.#resolve(path);
    if (!found?.stats.isFile()) return undefined;
    const fd = openBelow(found.layer, found.relative);
    if (fd === undefined) return undefined;
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) return undefined;
      const size = Math.min(stats.size, MAX_BYTES);
      const bytes = Buffer.alloc(size);
      let at = 0;
      for (let n = -1; n !== 0 && at < size; at += n) n = readSync(fd, bytes, at, size - at, at);
      return bytes.subarray(0, at);
    } finally {
      closeSync(fd);
    }
  }

  /** Where a path leads: without links in it, with a leading slash, and what is there. Undefined when it is missing. */
  locate(path: string): { readonly path: string; readonly stats: Stats } | undefined {
    const found = this.#resolve(path);
    return found && { path: `/${found.relative}`, stats: found.stats };
  }

  /** Whether a directory, its path without links in it, may have entries: whatever a layer has there counts. */
  hasEntries(path: string): boolean {
    return this.#layers.some((layer) => {
      const fd = openBelow(layer, path.slice(1));
      if (fd === undefined) return false;
      try {
        return fstatSync(fd).isDirectory() && readdirSync(`/proc/self/fd/${fd}`).length > 0;
      } finally {
        closeSync(fd);
      }
    });
  }

  #resolve(path: string): Found | undefined {
    const rest = path.split('/').filter((part) => part !== '' && part !== '.');
    const at: string[] = [];
    let links = 0;
    let found: Found | undefined;
    while (rest.length > 0) {
      const part = rest.shift() ?? '';
      if (part === '..') {
        at.pop();
        continue;
      }
      found = this.#look([...at, part].join('/'));
      if (!found) return undefined;
      if (!found.stats.isSymbolicLink()) {
        at.push(part);
        continue;
      }
      links += 1;
      if (links > MAX_LINKS) throw fail('LINKED_TOO_DEEPLY', `too many symbolic links in ${path}`);
      const target = readlinkSync(found.path);
      if (target.startsWith('/')) at.length = 0;
      rest.unshift(...target.split('/').filter((piece) => piece !== '' && piece !== '.'));
    }
    return found;
  }

  #look(relative: string): Found | undefined {
    for (const layer of this.#layers) {
      const path = join(layer, relative);
      try {
        const stats = lstatSync(path);
        return stats.isCharacterDevice() && stats.rdev === 0 ? undefined : { path, layer, relative, stats };
      } catch (error) {
        // A parent that is no directory here (a whiteout, say) hides what the layers below have in theirs.
        if (errnoOf(error) === 'ENOTDIR') return undefined;
        if (errnoOf(error) !== 'ENOENT') throw error;
      }
    }
    return undefined;
  }
}

/** The image's own passwd and group; empty where there is none. */
export function accountFiles(view: RootfsView): { readonly passwd: string; readonly group: string } {
  const text = (path: string) => view.readFile(path)?.toString('utf8') ?? '';
  return { passwd: text('/etc/passwd'), group: text('/etc/group') };
}
