import { closeSync, fchmodSync, fchownSync, ftruncateSync, futimesSync, openSync, writeSync } from 'node:fs';
import type { TarEntry } from './entry.ts';
import type { SparseMap } from './sparse.ts';

/** Writes the data of one regular file, holes left out, and its attributes at the end. */
export class FileWriter {
  readonly #fd: number;
  readonly #entry: TarEntry;
  readonly #map: SparseMap | undefined;
  #region = 0;
  #position: number;

  /** Makes the file; it must not exist (EEXIST). */
  constructor(path: string | Buffer, entry: TarEntry) {
    this.#fd = openSync(path, 'wx', 0o600);
    this.#entry = entry;
    this.#map = entry.sparse?.map;
    this.#position = this.#map?.[0]?.[0] ?? 0;
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

  /** Sets owner, mode (after the owner: chown clears set-id bits) and time, and closes the file. */
  finish(): void {
    const { uid, gid, mode, mtime, sparse } = this.#entry;
    if (sparse) ftruncateSync(this.#fd, sparse.realSize);
    if (uid !== 0 || gid !== 0) fchownSync(this.#fd, uid, gid);
    fchmodSync(this.#fd, mode);
    futimesSync(this.#fd, mtime, mtime);
    closeSync(this.#fd);
  }

  /** Gives the file up, half-written. */
  close(): void {
    closeSync(this.#fd);
  }
}
