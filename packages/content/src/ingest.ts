import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '@wharf/kit';
import { type Digest, type DigestAlgorithm, digestAlgorithm } from '@wharf/spec';
import { fail } from './errors.ts';
import { syncDirectory } from './sync-directory.ts';

/** A blob of the store. `size` is in bytes. */
export interface BlobInfo {
  readonly digest: Digest;
  readonly size: number;
}

/** What a half-written blob must turn out to be, as far as it is known. `size` is in bytes. */
export interface Expected {
  readonly digest?: Digest;
  readonly size?: number;
}

/** One writer of one half-written blob. Exactly one of commit, suspend and abort ends it. */
export interface Ingest {
  /** Bytes already there: where the next write goes. */
  readonly offset: number;
  /**
   * Appends. Waits for the disk, so callers that await it are slowed down with it. A failed write ends this writer; when the
   * disk is full, the bytes are thrown away. Throws BLOB_TOO_LARGE.
   */
  write(chunk: Uint8Array): Promise<void>;
  /** Starts again from nothing. */
  truncate(): Promise<void>;
  /**
   * Verifies digest and size, makes the bytes durable and moves them into the store. Throws BLOB_TRUNCATED (the bytes
   * are kept, so that the rest can be fetched) and BLOB_DIGEST_MISMATCH (the bytes are thrown away).
   */
  commit(digest?: Digest): Promise<BlobInfo>;
  /** Ends this writer and keeps the bytes: a later `ingest` of the same key goes on from `offset`. */
  suspend(): Promise<void>;
  /** Ends this writer and throws the bytes away. */
  abort(): Promise<void>;
}

/** The running hash of the first `offset` bytes of a half-written blob. */
export interface HashState {
  readonly algorithm: DigestAlgorithm;
  readonly hash: Hash;
  readonly offset: number;
}

/** Where a writer works and whom it tells that it has ended. */
export interface IngestPlace {
  /** The half-written file. */
  readonly path: string;
  /** Where the blob goes under its digest. */
  blobPath(digest: Digest): string;
  readonly expected: Expected;
  /** Called once. `state` is given when the bytes were kept. */
  ended(state?: HashState): void;
}

const REHASH_BYTES = 1024 * 1024;

/** Hashes what an earlier process left in the file. */
async function hashFile(file: FileHandle, size: number, algorithm: DigestAlgorithm): Promise<Hash> {
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(Math.min(REHASH_BYTES, Math.max(size, 1)));
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - at), at);
    if (bytesRead === 0) throw fail('BLOB_TRUNCATED', 'a half-written blob shrank while it was read');
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash;
}

/** Opens the half-written file of `place`, going on after the bytes that are there. */
export async function openIngest(place: IngestPlace, known?: HashState): Promise<Ingest> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(place.path, flags, 0o600);
  try {
    const { size } = await file.stat();
    const algorithm = place.expected.digest ? digestAlgorithm(place.expected.digest) : 'sha256';
    if (known?.algorithm === algorithm && known.offset <= size) {
      if (known.offset < size) await file.truncate(known.offset);
      return new FileIngest(place, file, known);
    }
    return new FileIngest(place, file, { algorithm, hash: await hashFile(file, size, algorithm), offset: size });
  } catch (error) {
    await file.close();
    throw error;
  }
}

class FileIngest implements Ingest {
  readonly #place: IngestPlace;
  readonly #file: FileHandle;
  readonly #algorithm: DigestAlgorithm;
  #hash: Hash;
  #offset: number;
  #state: 'open' | 'writing' | 'ended' = 'open';

  constructor(place: IngestPlace, file: FileHandle, state: HashState) {
    this.#place = place;
    this.#file = file;
    this.#algorithm = state.algorithm;
    this.#hash = state.hash;
    this.#offset = state.offset;
  }

  get offset(): number {
    return this.#offset;
  }

  #enter(): void {
    if (this.#state === 'open') return;
    throw fail('INGEST_CLOSED', this.#state === 'ended' ? 'the blob was already closed' : 'a write is under way');
  }

  async #end(state?: HashState): Promise<void> {
    this.#state = 'ended';
    try {
      await this.#file.close();
    } finally {
      this.#place.ended(state);
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#enter();
    const { size } = this.#place.expected;
    if (size !== undefined && this.#offset + chunk.length > size) {
      throw fail('BLOB_TOO_LARGE', `blob is larger than its announced size of ${size} bytes`);
    }
    this.#state = 'writing';
    try {
      const writing = this.#writeAll(chunk);
      // The hash is taken while the disk works. It must not see bytes that never arrived: a failed write ends with
      // the state thrown away, below.
      this.#hash.update(chunk);
      await writing;
      this.#offset += chunk.length;
      this.#state = 'open';
    } catch (error) {
      // Part of the chunk may be in the file, and the hash has all of it: only the bytes before it are good.
      await this.#giveUp(error);
      throw error;
    }
  }

  /** Keeps the good bytes for a later try; but on a full disk nothing that is half done is worth its space. */
  async #giveUp(error: unknown): Promise<void> {
    try {
      if (errnoOf(error) === 'ENOSPC') await rm(this.#place.path, { force: true });
      else await this.#file.truncate(this.#offset);
    } finally {
      await this.#end();
    }
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await this.#file.write(chunk, at, chunk.length - at, this.#offset + at);
      at += bytesWritten;
    }
  }

  async truncate(): Promise<void> {
    this.#enter();
    await this.#file.truncate(0);
    this.#hash = createHash(this.#algorithm);
    this.#offset = 0;
  }

  async commit(digest?: Digest): Promise<BlobInfo> {
    this.#enter();
    const { expected } = this.#place;
    if (expected.size !== undefined && this.#offset < expected.size) {
      const got = this.#offset;
      await this.suspend();
      throw fail('BLOB_TRUNCATED', `blob ended after ${got} of ${expected.size} bytes`);
    }
    const actual = await this.#digest(digest);
    for (const wanted of [digest, expected.digest]) {
      if (wanted === undefined || wanted === actual) continue;
      await this.abort();
      const details = { expected: wanted, actual };
      throw fail('BLOB_DIGEST_MISMATCH', `blob verification failed for digest ${wanted}: got ${actual}`, { details });
    }
    return await this.#store(actual);
  }

  /** The digest in the algorithm of `wanted`; a client may tell only at the end that it is not the usual one. */
  async #digest(wanted: Digest | undefined): Promise<Digest> {
    const algorithm = wanted ? digestAlgorithm(wanted) : this.#algorithm;
    const isRunning = algorithm === this.#algorithm;
    const hash = isRunning ? this.#hash.copy() : await hashFile(this.#file, this.#offset, algorithm);
    return `${algorithm}:${hash.digest('hex')}`;
  }

  async #store(digest: Digest): Promise<BlobInfo> {
    const target = this.#place.blobPath(digest);
    const size = this.#offset;
    this.#state = 'writing';
    try {
      if (await hasSize(target, size)) {
        await rm(this.#place.path, { force: true });
      } else {
        await this.#file.datasync();
        await rename(this.#place.path, target);
        await syncDirectory(dirname(target));
      }
    } finally {
      await this.#end();
    }
    return { digest, size };
  }

  async suspend(): Promise<void> {
    this.#enter();
    await this.#end({ algorithm: this.#algorithm, hash: this.#hash, offset: this.#offset });
  }

  async abort(): Promise<void> {
    if (this.#state === 'ended') return;
    this.#enter();
    await rm(this.#place.path, { force: true });
    await this.#end();
  }
}

async function hasSize(path: string, size: number): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found?.isFile() === true && found.size === size;
}
