import {
  chmodSync,
  closeSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  type Stats,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { posix } from 'node:path';
import { errnoOf } from '@wharf/kit';
import { displayName } from '../binary-name.ts';
import type { TarEntry } from '../entry.ts';
import { fail } from '../errors.ts';
import { FileWriter } from '../file-writer.ts';
import type { TarHandler } from '../tar-parser.ts';
import type { Beneath, Spot } from './beneath.ts';
import { at, look, through } from './descriptors.ts';
import { isKernelFileSystem } from './kernel-file-systems.ts';
import { isCopied, MAX_ATTRIBUTE, type NodeCalls, type OwnerMap } from './node-calls.ts';
import { removeTree } from './remove-tree.ts';

export interface TreeExtractOptions {
  /** Who owns what is made: as the archive says, these, or whoever extracts. */
  readonly owner: 'archive' | 'own' | { readonly uid: number; readonly gid: number };
  /** What owners in the archive are in the tree; the same without it. */
  readonly owners?: OwnerMap;
  /** Neither a directory gives way to something else nor the other way round. */
  readonly keepKinds?: boolean;
  /** How messages call the directory; its path in the tree without it. */
  readonly shownBase?: string;
  /** Directories whose own attributes stay as they are: absolute paths in the tree. */
  readonly fixed?: ReadonlySet<string>;
  /** Absent: no devices, no extended attributes. */
  readonly calls?: NodeCalls;
}

const TYPE_BITS = { character: 0o020000, block: 0o060000, fifo: 0o010000 } as const;
/** Names longer than the kernel takes in one path. */
const MAX_NAME = 4096;
/** Directories whose time is set at the end; more are left with the time of their making. */
const MAX_TIMES = 500_000;

/**
 * Writes the entries of an archive below a directory of a tree that may be changing: what is there of the same name gives
 * way, directories are merged. Parents that are links are followed inside the tree only. Synchronous: made for a worker
 * thread. Throws TAR_UNSAFE for names that lead out, TAR_CONFLICT with `keepKinds`, and what node:fs throws.
 */
export class TreeExtractor implements TarHandler {
  readonly #tree: Beneath;
  readonly #base: string;
  readonly #options: TreeExtractOptions;
  readonly #times = new Map<string, number>();
  #file: FileWriter | undefined;
  #filled: { readonly spot: Spot; readonly entry: TarEntry } | undefined;
  /** The directory that the last entry went to: archives have neighbours after each other. */
  #parent: { readonly key: string; readonly spot: Spot } | undefined;

  /** `base`: absolute path of the directory in the tree, without links. Binary names. */
  constructor(tree: Beneath, base: string, options: TreeExtractOptions) {
    this.#tree = tree;
    this.#base = base;
    this.#options = options;
  }

  entry(entry: TarEntry): void {
    const name = posix.normalize(entry.name).replace(/\/+$/, '') || '.';
    if (name.length > MAX_NAME) throw fail('TAR_TOO_LARGE', `tar entry name is longer than ${MAX_NAME} bytes`);
    if (name === '..' || name.startsWith('../')) {
      throw fail('TAR_UNSAFE', `invalid entry name "${displayName(name)}"`);
    }
    const path = posix.join(this.#base, name);
    if (path === this.#base || path === '/') {
      if (entry.type !== 'directory') throw this.#conflict('.', 'directory', 'non-directory');
      // Docker leaves the place itself as it is.
      return;
    }
    this.#make(this.#place(path), path, entry);
  }

  data(chunk: Buffer): void {
    this.#file?.write(chunk);
  }

  entryEnd(): void {
    const file = this.#file;
    const filled = this.#filled;
    this.#file = undefined;
    this.#filled = undefined;
    if (!file || !filled) return;
    // Attributes come after the owner: a change of owner takes capabilities away.
    file.finish(() => this.#attributes(file.path, filled.entry));
  }

  /** Where an entry goes; its missing parents are made. The spot lives until the next one is asked for. */
  #place(path: string): Spot {
    const key = posix.dirname(path);
    if (this.#parent?.key !== key) {
      this.#forgetParent();
      this.#parent = { key, spot: this.#directory(key) };
    }
    return { dir: this.#parent.spot.dir, name: posix.basename(path), path };
  }

  /** A spot whose `dir` is the directory of that path itself. */
  #directory(path: string): Spot {
    try {
      return this.#tree.resolve(path === '/' ? '/' : `${path}/`, true);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || path === '/') throw error;
    }
    const parent = this.#directory(posix.dirname(path));
    try {
      mkdirSync(at(parent.dir, posix.basename(path)), 0o755);
    } finally {
      this.#tree.close(parent);
    }
    return this.#tree.resolve(`${path}/`, true);
  }

  #forgetParent(): void {
    if (this.#parent) this.#tree.close(this.#parent.spot);
    this.#parent = undefined;
  }

  #make(spot: Spot, path: string, entry: TarEntry): void {
    const found = look(spot.dir, spot.name);
    if (found) closeSync(found.fd);
    const merges = this.#makeRoom(spot, path, entry, found?.stats);
    switch (entry.type) {
      case 'directory':
        return this.#makeDirectory(spot, path, entry, merges);
      case 'file':
        this.#file = new FileWriter(at(spot.dir, spot.name), { ...entry, mtime: time(entry), ...this.#owner(entry) });
        this.#filled = { spot, entry };
        return;
      case 'link':
        return this.#makeLink(spot, entry);
      case 'symlink':
        symlinkSync(Buffer.from(entry.linkname, 'latin1'), at(spot.dir, spot.name));
        return this.#settle(spot, entry);
      default:
        return this.#makeNode(spot, entry, TYPE_BITS[entry.type]);
    }
  }

  /** Takes away what is in the way; tells whether a directory meets a directory. */
  #makeRoom(spot: Spot, path: string, entry: TarEntry, there: Stats | undefined): boolean {
    if (!there) return false;
    const [isDirectory, wantsDirectory] = [there.isDirectory(), entry.type === 'directory'];
    if (isDirectory && wantsDirectory) return true;
    if (this.#options.keepKinds && isDirectory) throw this.#conflict(path, 'directory', 'non-directory');
    if (this.#options.keepKinds && wantsDirectory) throw this.#conflict(path, 'non-directory', 'directory');
    removeTree(spot.dir, spot.name);
    return false;
  }

  #conflict(path: string, is: string, comes: string): Error {
    const name = path.slice(this.#base.length).replace(/^\/+/, '') || '.';
    const message = `cannot overwrite ${is} "${displayName(name)}" with ${comes} "${this.#options.shownBase ?? displayName(this.#base)}"`;
    return fail('TAR_CONFLICT', message);
  }

  #makeDirectory(spot: Spot, path: string, entry: TarEntry, merges: boolean): void {
    if (merges && this.#isFixed(spot)) return;
    if (!merges) mkdirSync(at(spot.dir, spot.name), 0o700);
    this.#settle(spot, entry);
    if (this.#times.size < MAX_TIMES) this.#times.set(path, time(entry));
  }

  #isFixed(spot: Spot): boolean {
    if (this.#options.fixed?.has(spot.path)) return true;
    const found = look(spot.dir, spot.name);
    if (!found) return false;
    try {
      return isKernelFileSystem(found.fd);
    } finally {
      closeSync(found.fd);
    }
  }

  #makeLink(spot: Spot, entry: TarEntry): void {
    const target = posix.join(this.#base, entry.linkname);
    if (this.#base !== '/' && !`${target}/`.startsWith(`${this.#base}/`)) {
      throw fail('TAR_UNSAFE', `invalid hardlink target "${displayName(entry.linkname)}"`);
    }
    const source = this.#tree.resolve(target, false);
    try {
      linkSync(at(source.dir, source.name), at(spot.dir, spot.name));
    } finally {
      this.#tree.close(source);
    }
  }

  #makeNode(spot: Spot, entry: TarEntry, type: number): void {
    const { calls } = this.#options;
    if (!calls) throw fail('TAR_UNPACK_FAILED', `cannot make the device "${displayName(entry.name)}" here`);
    calls.makeNode(at(spot.dir, spot.name), type | entry.mode, entry.major, entry.minor);
    this.#settle(spot, entry);
  }

  #owner({ uid, gid }: TarEntry): { uid: number; gid: number; setOwner: 'always' | 'never' } {
    const { owner, owners } = this.#options;
    if (owner === 'own') return { uid, gid, setOwner: 'never' };
    const wanted = owner === 'archive' ? { uid, gid } : owner;
    const here = owners ? { uid: owners.uid(wanted.uid), gid: owners.gid(wanted.gid) } : wanted;
    return { ...here, setOwner: 'always' };
  }

  /** Owner, attributes, mode and time of what is no regular file, by a descriptor of it where links would be followed. */
  #settle(spot: Spot, entry: TarEntry): void {
    const path = at(spot.dir, spot.name);
    const { uid, gid, setOwner } = this.#owner(entry);
    if (setOwner === 'always') lchownSync(path, uid, gid);
    const found = look(spot.dir, spot.name);
    if (!found) return;
    try {
      this.#attributes(through(found.fd), entry);
      if (found.stats.isSymbolicLink()) return lutimesSync(path, time(entry), time(entry));
      chmodSync(through(found.fd), entry.mode);
      utimesSync(through(found.fd), time(entry), time(entry));
    } finally {
      closeSync(found.fd);
    }
  }

  #attributes(path: string | Buffer, entry: TarEntry): void {
    const { calls } = this.#options;
    if (!calls) return;
    for (const [name, value] of entry.xattrs) {
      if (!isCopied(name) || value.length > MAX_ATTRIBUTE) continue;
      try {
        calls.setAttribute(path, name, value);
      } catch (error) {
        // A file system without such attributes, or a kind of file that cannot have them: Docker goes on, too.
        if (!['ENOTSUP', 'EOPNOTSUPP', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
      }
    }
  }

  /** Sets the times of directories, which their content has disturbed. Call once, after the last entry. */
  finish(): void {
    this.#forgetParent();
    for (const [path, mtime] of this.#times) this.#setTime(path, mtime);
  }

  #setTime(path: string, mtime: number): void {
    let spot: Spot;
    try {
      spot = this.#tree.resolve(path, false);
    } catch {
      return; // somebody has taken it away
    }
    const found = look(spot.dir, spot.name);
    this.#tree.close(spot);
    if (!found) return;
    if (found.stats.isDirectory()) utimesSync(through(found.fd), mtime, mtime);
    closeSync(found.fd);
  }

  /** Closes what is open: at the end, and after a failure. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#forgetParent();
  }
}

/** node:fs takes negative times for "now". */
function time(entry: TarEntry): number {
  return Math.max(0, entry.mtime);
}
