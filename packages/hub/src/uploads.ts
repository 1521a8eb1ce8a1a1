import { randomUUID } from 'node:crypto';
import type { Ingest } from '@wharf/content';
import { isCode } from '@wharf/kit';
import { isDigest, isRepositoryName } from '@wharf/spec';
import { sendEmpty } from './answer.ts';
import { fail } from './errors.ts';
import { type Library, UPLOAD_PREFIX } from './library.ts';
import { type Call, digestFrom, unsupported, uploadId } from './route.ts';

/** Bounds of uploads. */
export interface UploadLimits {
  /** Bytes of one blob. */
  readonly maxBlobBytes: number;
  /** Uploads open at the same time. */
  readonly maxUploads: number;
  /** Milliseconds after which an upload that nobody goes on with is thrown away. */
  readonly expiryMs: number;
}

/** How many repositories are looked at for a blob to mount when the client names none. */
const MAX_MOUNT_SOURCES = 100;

/** Pushes of blobs (distribution-spec, end-4 to end-6, end-11, end-13, end-14). */
export class Uploads {
  readonly #library: Library;
  readonly #limits: UploadLimits;

  constructor(library: Library, limits: UploadLimits) {
    this.#library = library;
    this.#limits = limits;
  }

  /** POST to `…/blobs/uploads/`: mount, monolithic upload, or the begin of one in parts. */
  async begin(call: Call, repository: string): Promise<void> {
    if (call.method !== 'POST') throw unsupported();
    const mount = call.query.get('mount');
    if (mount !== null && (await this.#mount(call, repository, mount))) return;
    const algorithm = call.query.get('digest-algorithm');
    if (algorithm !== null && algorithm !== 'sha256' && algorithm !== 'sha512') {
      throw fail('HUB_DIGEST_INVALID', 'provided digest is invalid or of an unsupported algorithm');
    }
    const digest = call.query.get('digest');
    if (digest !== null) digestFrom(digest);
    if (this.#library.records.uploadCount() >= this.#limits.maxUploads) {
      const headers = { 'retry-after': '60' };
      throw fail('HUB_TOO_MANY_REQUESTS', 'too many uploads are open', { details: { headers } });
    }
    const id = randomUUID();
    this.#library.records.beginUpload({ id, repository }, this.#library.clock.now());
    if (digest === null) sendEmpty(call.res, 202, this.#progress(repository, id, 0));
    else await this.#finish(call, repository, id, digest);
  }

  /** Links a blob of another repository that the user may read. False when there is none. */
  async #mount(call: Call, repository: string, text: string): Promise<boolean> {
    if (!isDigest(text)) return false;
    const { records } = this.#library;
    const from = call.query.get('from');
    if (from !== null && !isRepositoryName(from)) throw fail('HUB_NAME_INVALID', 'invalid repository name');
    const sources = from === null ? records.repositoriesWith(text, MAX_MOUNT_SOURCES) : [from];
    const source = sources.find((name) => records.blobSize(name, text) !== undefined && call.allows(name, 'pull'));
    if (source === undefined) return false;
    records.linkBlob(repository, text, records.blobSize(source, text) ?? 0);
    await records.durable();
    sendEmpty(call.res, 201, blobHeaders(repository, text));
    return true;
  }

  /** PATCH, PUT, GET and DELETE of an upload. */
  async route(call: Call, repository: string, name: string): Promise<void> {
    const id = uploadId(name);
    const { records, content, clock } = this.#library;
    if (!records.hasUpload({ id, repository })) throw fail('HUB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    records.touchUpload(id, clock.now());
    if (call.method === 'PATCH') await this.#append(call, repository, id);
    else if (call.method === 'PUT') await this.#finish(call, repository, id, call.query.get('digest'));
    else if (call.method === 'GET' || call.method === 'HEAD') {
      const { size } = (await content.progress(UPLOAD_PREFIX + id)) ?? { size: 0 };
      sendEmpty(call.res, 204, this.#progress(repository, id, size));
    } else if (call.method === 'DELETE') {
      await content.discard(UPLOAD_PREFIX + id);
      records.endUpload(id);
      sendEmpty(call.res, 204);
    } else throw unsupported();
  }

  #progress(repository: string, id: string, offset: number): Record<string, string> {
    return {
      location: `/v2/${repository}/blobs/uploads/${id}`,
      range: `0-${Math.max(0, offset - 1)}`,
      'docker-upload-uuid': id,
    };
  }

  async #open(id: string): Promise<Ingest> {
    return await this.#library.content.ingest(UPLOAD_PREFIX + id);
  }

  async #append(call: Call, repository: string, id: string): Promise<void> {
    const ingest = await this.#open(id);
    try {
      await this.#receive(call, ingest, repository, id);
    } finally {
      await keep(ingest);
    }
    sendEmpty(call.res, 202, this.#progress(repository, id, ingest.offset));
  }

  async #finish(call: Call, repository: string, id: string, text: string | null): Promise<void> {
    const digest = digestFrom(text);
    const { records } = this.#library;
    const ingest = await this.#open(id);
    try {
      await this.#receive(call, ingest, repository, id);
      await this.#library.commitBlob(repository, digest, () => ingest.commit(digest));
    } catch (error) {
      if (isCode(error, 'BLOB_DIGEST_MISMATCH')) records.endUpload(id);
      throw error;
    } finally {
      await keep(ingest);
    }
    records.endUpload(id);
    await records.durable();
    sendEmpty(call.res, 201, blobHeaders(repository, digest));
  }

  /** Reads the body of a PATCH or PUT after what is there. A broken connection leaves what came before it. */
  async #receive({ req }: Call, ingest: Ingest, repository: string, id: string): Promise<void> {
    const range = req.headers['content-range'];
    const length = req.headers['content-length'];
    const match = /^(?:bytes )?(\d{1,15})-(\d{1,15})(?:\/\S+)?$/.exec(range ?? '');
    if (range !== undefined && (!match || Number(match[1]) !== ingest.offset)) {
      const headers = this.#progress(repository, id, ingest.offset);
      throw fail('HUB_UPLOAD_RANGE', 'the upload goes on at another offset', { details: { headers } });
    }
    const announced = match ? Number(match[2]) - Number(match[1]) + 1 : undefined;
    if (announced !== undefined && length !== undefined && Number(length) !== announced) {
      throw fail('HUB_SIZE_INVALID', 'provided length did not match content length');
    }
    const { maxBlobBytes } = this.#limits;
    if (ingest.offset + Number(length ?? 0) > maxBlobBytes) throw tooLarge(maxBlobBytes);
    try {
      for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        if (ingest.offset + chunk.length > maxBlobBytes) throw tooLarge(maxBlobBytes);
        await ingest.write(chunk);
      }
    } catch (cause) {
      if (!req.readableAborted && !req.destroyed) throw cause;
      throw fail('HUB_UPLOAD_INVALID', 'the upload was interrupted', { cause });
    }
  }

  /** Throws away uploads that were given up, and half-written content that no upload belongs to. */
  async expire(): Promise<void> {
    const { records, content, clock } = this.#library;
    const before = clock.now() - this.#limits.expiryMs;
    for (const id of records.uploads(before)) {
      if (await discarded(content, UPLOAD_PREFIX + id)) records.endUpload(id);
    }
    const known = new Set(records.uploads());
    for await (const { key } of content.pending()) {
      if (key.startsWith(UPLOAD_PREFIX) && !known.has(key.slice(UPLOAD_PREFIX.length))) await discarded(content, key);
    }
  }
}

async function discarded(content: Library['content'], key: string): Promise<boolean> {
  try {
    await content.discard(key);
    return true;
  } catch (error) {
    if (isCode(error, 'INGEST_BUSY')) return false;
    throw error;
  }
}

/** Ends a writer that was not committed, keeping its bytes. */
async function keep(ingest: Ingest): Promise<void> {
  try {
    await ingest.suspend();
  } catch (error) {
    if (!isCode(error, 'INGEST_CLOSED')) throw error;
  }
}

function tooLarge(limit: number): Error {
  return fail('HUB_TOO_LARGE', `blob is larger than ${limit} bytes`);
}

function blobHeaders(repository: string, digest: string): Record<string, string> {
  return { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest };
}
