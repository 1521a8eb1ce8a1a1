import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { errnoOf } from '@wharf/kit';
import { deviceNumbers } from '../device-numbers.ts';
import { encodeEntry, endOfArchive, type WriteEntry } from '../encode-header.ts';
import { padding } from '../entry.ts';
import { fail } from '../errors.ts';
import { at, look, through } from './descriptors.ts';
import { isKernelFileSystem } from './kernel-file-systems.ts';
import { isCopied, type NodeCalls, type OwnerMap } from './node-calls.ts';

/** Directories inside each other that are held open at the same time. */
const MAX_DEPTH = 1024;

/** A file or directory to put into an archive, and its name there ('' for the root of everything). Binary names. */
export interface PackStart {
  /** Directory that holds it, opened with O_PATH; closed by the caller at the end. */
  readonly dir: number;
  readonly name: string;
  readonly archiveName: string;
}

export interface TreePackOptions {
  readonly calls?: NodeCalls;
  /** What owners in the tree are in the archive; the same without it. */
  readonly owners?: OwnerMap;
  /** Directories of which only themselves go in where something is mounted on them; binary names as in the archive. */
  readonly hollow?: ReadonlySet<string>;
  /**
   * The tree is a writable layer of overlayfs: its whiteouts and opaque directories become what the image specification
   * has for them. `leaves` tells what stays out, by binary name and, of a directory, the names in it.
   */
  readonly layer?: { leaves(archiveName: string, names: readonly string[] | undefined): boolean };
  /** Leave the start itself out and take only what is in it. */
  readonly contentOnly?: boolean;
}

/** What is to be written next: bytes, or so many of a file. */
type Piece = { readonly bytes: Buffer } | { readonly fd: number; readonly size: number };

/**
 * Writes a tree that may be changing as an archive, into buffers that the caller brings: file content is read straight
 * into them. Never follows a link, opens nothing but regular files and directories, and gives a file that shrinks
 * meanwhile zeros at its end. Synchronous: made for a worker thread.
 */
export class TreePacker {
  readonly #options: TreePackOptions;
  readonly #pieces: Generator<Piece, void>;
  /** First names of files that have several. */
  readonly #links = new Map<string, string>();
  #bytes: Buffer = Buffer.alloc(0);
  #file: { readonly fd: number; left: number } | undefined;
  #done = false;

  constructor(starts: readonly PackStart[], options: TreePackOptions = {}) {
    this.#options = options;
    this.#pieces = this.#archive(starts);
  }

  /** Writes the next bytes of the archive; returns how many, 0 when it is complete. */
  fill(target: Buffer): number {
    let used = 0;
    while (used < target.length && !this.#done) {
      if (this.#bytes.length > 0) {
        const count = this.#bytes.copy(target, used);
        this.#bytes = this.#bytes.subarray(count);
        used += count;
      } else if (this.#file) {
        used += this.#read(this.#file, target, used);
      } else {
        const next = this.#pieces.next();
        if (next.done) this.#done = true;
        else if ('bytes' in next.value) this.#bytes = next.value.bytes;
        else this.#file = { fd: next.value.fd, left: next.value.size };
      }
    }
    return used;
  }

  #read(file: { readonly fd: number; left: number }, target: Buffer, from: number): number {
    const wanted = Math.min(file.left, target.length - from);
    let count = wanted === 0 ? 0 : readSync(file.fd, target, from, wanted, null);
    if (count === 0) {
      // It became shorter: what was promised is filled up.
      target.fill(0, from, from + wanted);
      count = wanted;
    }
    file.left -= count;
    if (file.left === 0) this.#file = undefined;
    return count;
  }

  /** Closes what is open; for an archive that is given up, too. */
  close(): void {
    this.#done = true;
    this.#pieces.return();
  }

  *#archive(starts: readonly PackStart[]): Generator<Piece, void> {
    for (const { dir, name, archiveName } of starts) {
      if (this.#options.contentOnly) yield* this.#content(dir, name, archiveName, 0, undefined);
      else yield* this.#any(dir, name, archiveName, 0, undefined);
    }
    yield { bytes: endOfArchive() };
  }

  *#any(dir: number, name: string, archiveName: string, depth: number, above?: number): Generator<Piece, void> {
    const found = look(dir, name);
    // Removed meanwhile, or a socket, which no archive can hold.
    if (!found) return;
    try {
      const { fd, stats } = found;
      if (stats.isSocket() || this.#isLeft(archiveName, fd, stats)) return;
      if (this.#options.layer && stats.isCharacterDevice() && stats.rdev === 0) {
        yield { bytes: encodeEntry(marker(whiteoutName(archiveName))) };
        return;
      }
      const entry = this.#describe(dir, name, archiveName, fd, stats);
      if (!entry) return;
      yield { bytes: encodeEntry(entry) };
      if (entry.type === 'file' && entry.size > 0) yield* this.#data(fd, entry.size);
      if (this.#isOpaque(fd, stats)) yield { bytes: encodeEntry(marker(`${archiveName}/.wh..wh..opq`)) };
    } finally {
      closeSync(found.fd);
    }
    if (found.stats.isDirectory()) yield* this.#content(dir, name, archiveName, depth, above);
  }

  #isLeft(archiveName: string, fd: number, stats: Stats): boolean {
    const { layer } = this.#options;
    if (!layer) return false;
    const names = stats.isDirectory() ? readdirSync(through(fd), { encoding: 'latin1' }) : undefined;
    return layer.leaves(archiveName, names);
  }

  /** Throws TAR_PACK_FAILED for a layer that says more than which files it has. */
  #isOpaque(fd: number, stats: Stats): boolean {
    const { layer, calls } = this.#options;
    if (!layer || !calls || stats.isSymbolicLink()) return false;
    const names = calls.attributeNames(through(fd));
    const foreign = FOREIGN.find((name) => names.includes(name));
    if (foreign) throw fail('TAR_PACK_FAILED', `the writable layer has "${foreign}", which no image layer can express`);
    return stats.isDirectory() && calls.attribute(through(fd), 'trusted.overlay.opaque')?.toString() === 'y';
  }

  *#data(there: number, size: number): Generator<Piece, void> {
    // Through the descriptor of what was looked at: not what has its name by now.
    const fd = openSync(through(there), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      yield { fd, size };
    } finally {
      closeSync(fd);
    }
    if (padding(size) > 0) yield { bytes: Buffer.alloc(padding(size)) };
  }

  /** `above`: the device that the directory above is on. */
  *#content(dir: number, name: string, archiveName: string, depth: number, above?: number): Generator<Piece, void> {
    if (depth >= MAX_DEPTH) throw fail('TAR_PACK_FAILED', `more than ${MAX_DEPTH} directories inside each other`);
    const found = look(dir, name);
    if (!found) return;
    try {
      if (!found.stats.isDirectory()) return;
      const { dev } = found.stats;
      if (dev !== above && (isKernelFileSystem(found.fd) || this.#options.hollow?.has(archiveName))) return;
      const names = readdirSync(through(found.fd), { encoding: 'latin1' });
      for (const inner of names.sort((one, other) => (one < other ? -1 : 1))) {
        yield* this.#any(found.fd, inner, inside(archiveName, inner), depth + 1, dev);
      }
    } finally {
      closeSync(found.fd);
    }
  }

  #describe(dir: number, name: string, archiveName: string, fd: number, stats: Stats): WriteEntry | undefined {
    const mtime = Math.max(0, Math.floor(stats.mtimeMs / 1000));
    const common = { mode: stats.mode & 0o7777, ...this.#owner(stats), size: 0, mtime };
    const first = this.#firstName(archiveName, stats);
    if (first !== undefined) return { ...common, name: archiveName, type: 'link', linkname: first };
    const xattrs = this.#attributes(fd);
    const base = { ...common, name: archiveName, ...(xattrs.size > 0 && { xattrs }) };
    if (stats.isDirectory()) return { ...base, name: archiveName.replace(/\/*$/, '/'), type: 'directory' };
    if (stats.isFile()) return { ...base, type: 'file', size: stats.size };
    if (stats.isFIFO()) return { ...base, type: 'fifo' };
    if (stats.isSymbolicLink()) return this.#link(dir, name, base);
    return { ...base, ...deviceNumbers(stats.rdev), type: stats.isBlockDevice() ? 'block' : 'character' };
  }

  #owner({ uid, gid }: Stats): { uid: number; gid: number } {
    const { owners } = this.#options;
    return owners ? { uid: owners.uid(uid), gid: owners.gid(gid) } : { uid, gid };
  }

  #link(dir: number, name: string, base: Omit<WriteEntry, 'type'>): WriteEntry | undefined {
    try {
      const linkname = readlinkSync(at(dir, name), { encoding: 'latin1' });
      return { ...base, type: 'symlink', mode: 0o777, linkname };
    } catch (error) {
      if (['ENOENT', 'EINVAL'].includes(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
  }

  #firstName(archiveName: string, stats: Stats): string | undefined {
    if (stats.nlink < 2 || stats.isDirectory()) return undefined;
    const key = `${stats.dev}:${stats.ino}`;
    const first = this.#links.get(key);
    if (first === undefined) this.#links.set(key, archiveName);
    return first;
  }

  #attributes(fd: number): ReadonlyMap<string, Buffer> {
    const { calls } = this.#options;
    const found = new Map<string, Buffer>();
    if (!calls) return found;
    for (const name of calls.attributeNames(through(fd)).filter(isCopied)) {
      const value = calls.attribute(through(fd), name);
      if (value) found.set(name, value);
    }
    return found;
  }
}

/** What overlayfs writes down with features that are not used here, unless the machine turns them on for all. */
const FOREIGN = ['trusted.overlay.redirect', 'trusted.overlay.metacopy'];

/** The name that stands for a removed file (image-spec, layer, "Whiteouts"). */
function whiteoutName(archiveName: string): string {
  const slash = archiveName.lastIndexOf('/') + 1;
  return `${archiveName.slice(0, slash)}.wh.${archiveName.slice(slash)}`;
}

/** An entry that says something about the layers below; always the same, so that equal layers are equal bytes. */
function marker(name: string): WriteEntry {
  return { name, type: 'file', mode: 0o600, uid: 0, gid: 0, size: 0, mtime: 0 };
}

function inside(archiveName: string, name: string): string {
  return archiveName === '' || archiveName.endsWith('/') ? `${archiveName}${name}` : `${archiveName}/${name}`;
}
