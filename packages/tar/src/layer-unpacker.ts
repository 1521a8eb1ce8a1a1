import { chmodSync, lchownSync, linkSync, lutimesSync, mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';
import { binaryName, displayName } from './binary-name.ts';
import type { TarEntry } from './entry.ts';
import { readWhiteout, splitEntryName } from './entry-name.ts';
import { fail } from './errors.ts';
import { FileWriter } from './file-writer.ts';
import { LayerTree, type Place } from './layer-tree.ts';
import { SpecialEntries } from './special-entries.ts';
import type { TarHandler } from './tar-parser.ts';
import type { UnpackedTree, UnpackLimits } from './unpack-types.ts';

interface DirectoryAttributes {
  readonly mode: number;
  readonly mtime: number;
}

/** Device numbers of Linux: 12 and 20 bits. */
const MAX_MAJOR = 0xfff;
const MAX_MINOR = 0xfffff;

const IMPLIED: DirectoryAttributes = { mode: 0o755, mtime: 0 };

/** Writes the entries of a layer below a directory, synchronously: made for a worker thread. */
export class LayerUnpacker implements TarHandler {
  readonly #tree: LayerTree;
  readonly #limits: UnpackLimits;
  readonly #special: SpecialEntries;
  /** Modes and times are set at the end: work inside a directory disturbs its time, and its mode may forbid it. */
  readonly #directories = new Map<string, DirectoryAttributes>();
  readonly #nodeTimes = new Map<string, number>();
  #file: FileWriter | undefined;
  #entries = 0;
  #bytes = 0;
  #size = 0;

  /** `target` is an empty directory that nobody else uses. */
  constructor(target: string, limits: UnpackLimits) {
    this.#limits = limits;
    this.#special = new SpecialEntries(limits.special);
    this.#tree = new LayerTree(binaryName(target), (path) => this.#special.node(path) !== undefined);
  }

  entry(entry: TarEntry): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) {
      throw fail('TAR_TOO_LARGE', `archive has more than ${this.#limits.entries} entries`);
    }
    this.#bytes += entry.sparse?.realSize ?? entry.size;
    if (this.#bytes > this.#limits.bytes) {
      throw fail('TAR_TOO_LARGE', `archive unpacks to more than ${this.#limits.bytes} bytes`);
    }
    if (!isId(entry.uid) || !isId(entry.gid) || entry.major > MAX_MAJOR || entry.minor > MAX_MINOR) {
      throw this.#unsafe(entry, 'owner or device number out of range');
    }
    const parts = splitEntryName(entry.name);
    if (parts.length === 0) {
      if (entry.type === 'directory') this.#directoryAttributes('', entry);
      return;
    }
    const place = this.#tree.place(parts);
    const whiteout = readWhiteout(place.base);
    if (whiteout.kind === 'none') this.#make(place, entry);
    else if (whiteout.kind === 'remove') this.#special.whiteout(place.dir, whiteout.name);
    else if (whiteout.kind === 'opaque') this.#special.opaque(place.dir);
  }

  data(chunk: Buffer): void {
    this.#file?.write(chunk);
  }

  entryEnd(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.finish();
  }

  #make(place: Place, entry: TarEntry): void {
    this.#special.forget(place.path);
    if (entry.type === 'directory') this.#makeDirectory(place.path, entry);
    else if (entry.type === 'file') this.#makeFile(place.path, entry);
    else if (entry.type === 'symlink') this.#makeSymlink(place.path, entry);
    else if (entry.type === 'link') this.#makeLink(place.path, entry);
    else this.#makeNode(place.path, entry);
    if (entry.type === 'link') return;
    for (const [name, value] of entry.xattrs) this.#special.xattr(place.path, name, value);
  }

  /** Makes something new; an older entry of the same name gives way. */
  #replacing<T>(path: string, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    this.#remove(path);
    return make();
  }

  #remove(path: string): void {
    this.#size -= this.#tree.remove(path);
    this.#special.forgetBelow(path);
    this.#directories.delete(path);
    this.#nodeTimes.delete(path);
  }

  #makeDirectory(path: string, entry: TarEntry): void {
    if (this.#tree.stat(path)?.isDirectory() !== true) {
      this.#replacing(path, () => mkdirSync(this.#tree.file(path), 0o700));
    }
    this.#directoryAttributes(path, entry);
  }

  #directoryAttributes(path: string, entry: TarEntry): void {
    lchownSync(this.#tree.file(path), entry.uid, entry.gid);
    this.#directories.set(path, { mode: entry.mode, mtime: time(entry) });
    this.#tree.implied.delete(path);
  }

  #makeFile(path: string, entry: TarEntry): void {
    const settled = { ...entry, mtime: time(entry) };
    this.#file = this.#replacing(path, () => new FileWriter(this.#tree.file(path), settled));
    this.#size += entry.sparse?.realSize ?? entry.size;
  }

  #makeSymlink(path: string, entry: TarEntry): void {
    if (entry.linkname === '' || entry.linkname.includes('\0')) throw this.#unsafe(entry, 'bad link target');
    const target = Buffer.from(entry.linkname, 'latin1');
    this.#replacing(path, () => symlinkSync(target, this.#tree.file(path)));
    if (entry.uid !== 0 || entry.gid !== 0) lchownSync(this.#tree.file(path), entry.uid, entry.gid);
    lutimesSync(this.#tree.file(path), time(entry), time(entry));
    this.#size += target.length;
  }

  #makeLink(path: string, entry: TarEntry): void {
    const parts = splitEntryName(entry.linkname);
    const source = parts.length === 0 ? undefined : this.#tree.find(parts);
    const node = source && this.#special.node(source.path);
    if (node && source) {
      // Node cannot make the device yet, so it cannot be linked to: a second one that is alike does the same.
      this.#remove(path);
      this.#special.addNode({ ...node, path });
      this.#nodeTimes.set(path, this.#nodeTimes.get(source.path) ?? 0);
      return;
    }
    const stat = source && this.#tree.stat(source.path);
    if (!source || !stat || stat.isDirectory()) {
      throw this.#unsafe(entry, `hard link to "${displayName(entry.linkname)}", which is no file of this layer`);
    }
    if (source.path === path) return;
    this.#replacing(path, () => linkSync(this.#tree.file(source.path), this.#tree.file(path)));
  }

  #makeNode(path: string, entry: TarEntry): void {
    this.#remove(path);
    const type = entry.type === 'character' ? 0o020000 : entry.type === 'block' ? 0o060000 : 0o010000;
    const { major, minor, uid, gid } = entry;
    this.#special.addNode({ path, mode: type | entry.mode, major, minor, uid, gid });
    this.#nodeTimes.set(path, time(entry));
  }

  #unsafe(entry: TarEntry, why: string): Error {
    return fail('TAR_UNSAFE', `invalid tar entry "${displayName(entry.name)}": ${why}`);
  }

  /** Sets what had to wait. Call once, after the last entry. */
  finish(): UnpackedTree {
    for (const path of this.#tree.implied) this.#directories.set(path, IMPLIED);
    if (!this.#directories.has('')) this.#directories.set('', { mode: 0o755, mtime: 0 });
    const isReal = this.#tree.realDirectories();
    for (const [path, { mode, mtime }] of this.#directories) {
      // A later entry may have put a link in the place of the directory: never follow it.
      if (!isReal(path)) continue;
      chmodSync(this.#tree.file(path), mode);
      utimesSync(this.#tree.file(path), mtime, mtime);
    }
    const { special, disturbed } = this.#special.finish(this.#tree, isReal);
    return {
      size: this.#size,
      entries: this.#entries,
      special,
      times: [
        ...[...this.#nodeTimes].map(([path, mtime]) => ({ path: displayName(path), mtime })),
        ...[...disturbed].map((path) => ({
          path: displayName(path),
          mtime: this.#directories.get(path)?.mtime ?? 0,
        })),
      ],
      implied: [...this.#tree.implied].map(displayName),
    };
  }

  /** Closes what is open after a failure. */
  abandon(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

/** node:fs takes negative times for "now"; nothing in an image is older than 1970. */
function time(entry: TarEntry): number {
  return Math.max(0, entry.mtime);
}

/** User and group numbers are 32 bits; the largest means "leave as it is". */
function isId(id: number): boolean {
  return id >= 0 && id < 0xffffffff;
}
