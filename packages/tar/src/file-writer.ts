import { closeSync, fchmodSync, fchownSync, ftruncateSync, futimesSync, openSync, writeSync } from 'node:fs';
import type { TarEntry } from './entry.ts';
import type { SparseMap } from './sparse.ts';

/** What becomes of the owner: set when it is not root (a fresh layer), always, or never. */
type Ownership = { readonly setOwner?: 'unless-root' | 'always' | 'never' };

/** Writes the data of one regular file, holes left out, and its attributes at the end. */
export class FileWriter {
  readonly #fd: number;
  readonly #entry: TarEntry & Ownership;
  readonly #map: SparseMap | undefined;
  #region = 0;
  #position: number;

  /** Makes the file; it must not exist (EEXIST). A link in its place is not followed. */
  constructor(path: string | Buffer, entry: TarEntry & Ownership) {
    this.#fd = openSync(path, 'wx', 0o600);
    this.#entry = entry;
    this.#map = entry.sparse?.map;
    this.#position = this.#map?.[0]?.[0] ?? 0;
  }

  /** The open file as a path, which means this file whatever happens to its name. */
  get path(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  write(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const room = this.#room();
      const take = Math.min(chunk.length - at, room);
      at += this.#writeAll(chunk.subarray(at, at + take));
    }
  }

  #writeAll(bytes: Buffer): number {
    for (let at = 0; at < bytes.length; ) {
      const written = writeSync(this.#fd, bytes, at, bytes.length - at, this.#position);
      at += written;
      this.#position += written;
    }
    return bytes.length;
  }

  /** Bytes that go to the current position in one piece; steps over a hole when a region is full. */
  #room(): number {
    if (this.#map === undefined) return Number.MAX_SAFE_INTEGER;
    const [offset, length] = this.#map[this.#region] ?? [0, Number.MAX_SAFE_INTEGER];
    const left = offset + length - this.#position;
    if (left > 0) return left;
    this.#region += 1;
    this.#position = this.#map[this.#region]?.[0] ?? this.#position;
    return this.#room();
  }

  /**
   * Sets owner, mode (after the owner: chown clears set-id bits) and time, and closes the file. `onOwned` is called when
   * the owner is set, for what a change of owner would take away.
   */
  finish(onOwned: () => void = () => {}): void {
    const { uid, gid, mode, mtime, sparse, setOwner = 'unless-root' } = this.#entry;
    try {
      if (sparse) ftruncateSync(this.#fd, sparse.realSize);
      const wanted = setOwner === 'always' || (setOwner === 'unless-root' && (uid !== 0 || gid !== 0));
      if (wanted) fchownSync(this.#fd, uid, gid);
      onOwned();
      fchmodSync(this.#fd, mode);
      futimesSync(this.#fd, mtime, mtime);
    } finally {
      closeSync(this.#fd);
    }
  }

  /** Gives the file up, half-written. */
  close(): void {
    closeSync(this.#fd);
  }
}
