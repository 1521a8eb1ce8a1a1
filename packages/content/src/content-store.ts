import { constants, createReadStream, mkdirSync } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { errnoOf } from '@wharf/kit';
import {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  digestHex,
  isDigest,
  MAX_MANIFEST_BYTES,
  parseDigest,
} from '@wharf/spec';
import { fail } from './errors.ts';
import { type BlobInfo, type Expected, type HashState, type Ingest, openIngest } from './ingest.ts';
import { syncDirectory } from './sync-directory.ts';

/** A half-written blob that nobody has finished yet. `modified` is in milliseconds since 1970. */
export interface PendingIngest {
  readonly key: string;
  readonly size: number;
  readonly modified: number;
}

const ALGORITHMS: readonly DigestAlgorithm[] = ['sha256', 'sha512'];
const KEY = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/;
/** Running hashes kept of suspended ingests, so that an upload in many parts is not hashed again for each part. */
const MAX_KNOWN_HASHES = 256;

/**
 * Blobs by their digest: `<root>/blobs/sha256/<hex>` (or `sha512`), and half-written ones in `<root>/ingest/<key>`. A blob
 * that has its name is complete, verified and durable. Images, build cache and Hub can share one store.
 */
export class ContentStore {
  readonly #blobs: string;
  readonly #ingests: string;
  readonly #open = new Set<string>();
  readonly #known = new Map<string, HashState>();

  /** Uses (and makes) the directory `root`. */
  constructor(options: { root: string }) {
    this.#blobs = join(options.root, 'blobs');
    this.#ingests = join(options.root, 'ingest');
    for (const algorithm of ALGORITHMS) mkdirSync(join(this.#blobs, algorithm), { recursive: true, mode: 0o700 });
    mkdirSync(this.#ingests, { recursive: true, mode: 0o700 });
  }

  /** Where the blob is, or would be, in the file system. Throws INVALID_DIGEST. */
  path(digest: Digest): string {
    const checked = parseDigest(digest);
    return join(this.#blobs, digestAlgorithm(checked), digestHex(checked));
  }

  /** Digest and size of a blob, or undefined when it is not there. */
  async info(digest: Digest): Promise<BlobInfo | undefined> {
    try {
      const { size } = await stat(this.path(digest));
      return { digest, size };
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** A whole small blob. Throws BLOB_NOT_FOUND, and BLOB_TOO_LARGE above `limit` bytes (4 MiB unless told). */
  async read(digest: Digest, limit = MAX_MANIFEST_BYTES): Promise<Buffer> {
    const file = await this.#openBlob(digest);
    try {
      const { size } = await file.stat();
      if (size > limit) throw fail('BLOB_TOO_LARGE', `blob ${digest} has ${size} bytes, more than ${limit}`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  }

  /**
   * The blob as a stream. `start` and `end` are byte positions, `end` inclusive (as in HTTP ranges). The file is open
   * when this returns, so a later delete does not disturb the reader. Throws BLOB_NOT_FOUND.
   */
  async open(digest: Digest, range?: { start: number; end?: number }): Promise<Readable> {
    const file = await this.#openBlob(digest);
    return createReadStream('', { fd: file, ...range, highWaterMark: 256 * 1024 });
  }

  async #openBlob(digest: Digest) {
    try {
      return await open(this.path(digest), constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      throw fail('BLOB_NOT_FOUND', `blob ${digest} not found`, { cause: error });
    }
  }

  /**
   * Begins or resumes the blob with this key (a file name of the caller's choice; it survives restarts). Throws
   * INGEST_BUSY while another writer of this process has the key, INVALID_INGEST_KEY.
   */
  async ingest(key: string, expected: Expected = {}): Promise<Ingest> {
    const path = this.#ingestPath(key);
    if (this.#open.has(key)) throw fail('INGEST_BUSY', `the upload ${key} is in use`);
    this.#open.add(key);
    const known = this.#known.get(key);
    this.#known.delete(key);
    const ended = (state?: HashState) => {
      this.#open.delete(key);
      if (state) this.#remember(key, state);
    };
    try {
      return await openIngest({ path, expected, ended, blobPath: (digest) => this.path(digest) }, known);
    } catch (error) {
      this.#open.delete(key);
      throw error;
    }
  }

  #ingestPath(key: string): string {
    if (!KEY.test(key)) throw fail('INVALID_INGEST_KEY', `invalid upload key ${JSON.stringify(key.slice(0, 200))}`);
    return join(this.#ingests, key);
  }

  #remember(key: string, state: HashState): void {
    this.#known.set(key, state);
    const oldest = this.#known.keys().next();
    if (this.#known.size > MAX_KNOWN_HASHES && !oldest.done) this.#known.delete(oldest.value);
  }

  /** How many bytes a half-written blob has on disk, whether or not someone writes; undefined when it is not there. */
  async progress(key: string): Promise<{ size: number } | undefined> {
    try {
      const { size } = await stat(this.#ingestPath(key));
      return { size };
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Half-written blobs that no writer of this process has open. */
  async *pending(): AsyncIterable<PendingIngest> {
    for (const key of await readdir(this.#ingests)) {
      if (this.#open.has(key)) continue;
      const found = await stat(join(this.#ingests, key)).catch(() => undefined);
      if (found?.isFile()) yield { key, size: found.size, modified: found.mtimeMs };
    }
  }

  /** Throws a half-written blob away; false when there is none. Throws INGEST_BUSY while a writer has it. */
  async discard(key: string): Promise<boolean> {
    const path = this.#ingestPath(key);
    if (this.#open.has(key)) throw fail('INGEST_BUSY', `the upload ${key} is in use`);
    this.#known.delete(key);
    return await removeFile(path);
  }

  /** All blobs, in no order. */
  async *list(): AsyncIterable<BlobInfo> {
    for (const algorithm of ALGORITHMS) {
      for (const hex of await readdir(join(this.#blobs, algorithm))) {
        const digest = `${algorithm}:${hex}`;
        const info = isDigest(digest) ? await this.info(digest) : undefined;
        if (info) yield info;
      }
    }
  }

  /** Removes a blob; false when it was not there. */
  async delete(digest: Digest): Promise<boolean> {
    const removed = await removeFile(this.path(digest));
    if (removed) await syncDirectory(dirname(this.path(digest)));
    return removed;
  }
}

async function removeFile(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
