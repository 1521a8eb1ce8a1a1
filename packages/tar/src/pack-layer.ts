import { constants, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { binaryName, displayName, fsPath } from './binary-name.ts';
import { deviceNumbers } from './device-numbers.ts';
import { encodeEntry, endOfArchive, type WriteEntry } from './encode-header.ts';
import { padding } from './entry.ts';
import { fail } from './errors.ts';
import { join } from './layer-tree.ts';

/** What Node cannot read of a path; given by whoever can. Paths are relative to the directory, '' is itself. */
export interface PathAttributes {
  /** The directory hides what lower layers have in it (trusted.overlay.opaque). */
  readonly opaque?: boolean;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

export interface PackOptions {
  attributes?(path: string): PathAttributes;
  /** True for paths (with all below) that stay out. */
  exclude?(path: string): boolean;
  /** One time for all entries, in seconds since 1970, where equal trees shall give equal archives. */
  readonly mtime?: number;
}

const READ = 256 * 1024;

/**
 * Writes a layer's directory as an uncompressed archive: entries sorted by their bytes, parents first, hard links and
 * overlayfs whiteouts turned into what the image specification has for them. The same tree always gives the same bytes.
 * Throws TAR_PACK_FAILED when a file changes size underneath.
 */
export async function* packLayer(root: string, options: PackOptions = {}): AsyncGenerator<Buffer> {
  const walk = new Walk(binaryName(root), options);
  yield* walk.directory('');
  yield endOfArchive();
}

class Walk {
  readonly #root: string;
  readonly #options: PackOptions;
  /** First names of files that have several. */
  readonly #links = new Map<string, string>();

  constructor(root: string, options: PackOptions) {
    this.#root = root;
    this.#options = options;
  }

  #file(path: string): string | Buffer {
    return fsPath(path === '' ? this.#root : `${this.#root}/${path}`);
  }

  async *directory(path: string): AsyncGenerator<Buffer> {
    const names = readdirSync(this.#file(path), { encoding: 'latin1' }).sort((a, b) => (a < b ? -1 : 1));
    for (const name of names) {
      const inner = join(path, name);
      if (this.#options.exclude?.(displayName(inner))) continue;
      const stat = lstatSync(this.#file(inner));
      if (stat.isSocket()) continue;
      yield* this.#entry(inner, stat);
      if (stat.isDirectory()) yield* this.directory(inner);
    }
  }

  async *#entry(path: string, stat: Stats): AsyncGenerator<Buffer> {
    const attributes = this.#options.attributes?.(displayName(path)) ?? {};
    const entry = this.#describe(path, stat, attributes);
    yield encodeEntry(entry);
    if (entry.type === 'file' && entry.size > 0) yield* this.#content(path, entry.size);
    if (stat.isDirectory() && attributes.opaque) yield encodeEntry(this.#marker(stat, `${path}/.wh..wh..opq`));
  }

  #marker(stat: Stats, name: string): WriteEntry {
    return { name, type: 'file', mode: 0o600, uid: 0, gid: 0, size: 0, mtime: this.#mtime(stat) };
  }

  #mtime(stat: Stats): number {
    return this.#options.mtime ?? Math.max(0, Math.floor(stat.mtimeMs / 1000));
  }

  #describe(path: string, stat: Stats, { xattrs }: PathAttributes): WriteEntry {
    if (stat.isCharacterDevice() && stat.rdev === 0) {
      const slash = path.lastIndexOf('/') + 1;
      return this.#marker(stat, `${path.slice(0, slash)}.wh.${path.slice(slash)}`);
    }
    const common = { mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid, size: 0, mtime: this.#mtime(stat) };
    const base = { ...common, ...(xattrs && { xattrs }) };
    if (stat.isDirectory()) return { ...base, name: `${path}/`, type: 'directory' };
    const first = this.#firstName(path, stat);
    if (first !== undefined) return { ...common, name: path, type: 'link', linkname: first };
    if (stat.isSymbolicLink()) {
      const linkname = readlinkSync(this.#file(path), { encoding: 'latin1' });
      return { ...base, name: path, type: 'symlink', mode: 0o777, linkname };
    }
    if (stat.isFIFO()) return { ...base, name: path, type: 'fifo' };
    if (stat.isFile()) return { ...base, name: path, type: 'file', size: stat.size };
    const device = deviceNumbers(stat.rdev);
    return { ...base, ...device, name: path, type: stat.isBlockDevice() ? 'block' : 'character' };
  }

  #firstName(path: string, stat: Stats): string | undefined {
    if (stat.nlink < 2 || stat.isDirectory()) return undefined;
    const key = `${stat.dev}:${stat.ino}`;
    const first = this.#links.get(key);
    if (first === undefined) this.#links.set(key, path);
    return first;
  }

  async *#content(path: string, size: number): AsyncGenerator<Buffer> {
    const file = await open(this.#file(path), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      for (let left = size; left > 0; ) {
        const buffer = Buffer.allocUnsafe(Math.min(READ, left));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
        if (bytesRead === 0) throw fail('TAR_PACK_FAILED', `${displayName(path)} became shorter while it was read`);
        left -= bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
    if (padding(size) > 0) yield Buffer.alloc(padding(size));
  }
}
