import { createHash } from 'node:crypto';
import {
  type Descriptor,
  type Digest,
  digestAlgorithm,
  type ImageDocument,
  isForeignLayerType,
  isTag,
  MAX_MANIFEST_BYTES,
  parseImageDocument,
} from '@wharf/spec';
import { sendEmpty } from './answer.ts';
import { fail } from './errors.ts';
import type { Library } from './library.ts';
import type { ManifestRecord } from './records.ts';
import { type Call, manifestReference, unsupported } from './route.ts';

/**
 * Called when a wanted tag or digest is not there, or, without `reference`, when the tags of a repository are wanted that
 * is not there; true when it may be there now.
 */
export type OnMissing = (repository: string, reference?: string) => Promise<boolean>;

const MAX_TAG_PARAMETERS = 64;

/** Manifests and tags (distribution-spec, end-3, end-7, end-9). */
export class Manifests {
  readonly #library: Library;
  readonly #onMissing: OnMissing | undefined;
  readonly #seeding = new Map<string, Promise<boolean>>();

  constructor(library: Library, onMissing?: OnMissing) {
    this.#library = library;
    this.#onMissing = onMissing;
  }

  async route(call: Call, repository: string, reference: string): Promise<void> {
    if (call.method === 'GET' || call.method === 'HEAD') await this.#send(call, repository, reference);
    else if (call.method === 'PUT') await this.#put(call, repository, reference);
    else if (call.method === 'DELETE') await this.#delete(call, repository, reference);
    else throw unsupported();
  }

  /** Looks a manifest up, giving the owner of the Hub one chance to bring it. Throws HUB_MANIFEST_UNKNOWN. */
  async #find(repository: string, reference: string): Promise<ManifestRecord> {
    const { records } = this.#library;
    const found = records.manifest(repository, reference);
    if (found) return found;
    const seeded = (await this.bring(repository, reference)) ? records.manifest(repository, reference) : undefined;
    if (seeded) return seeded;
    throw fail('HUB_MANIFEST_UNKNOWN', 'manifest unknown', { details: { detail: { name: repository, reference } } });
  }

  /** Asks `onMissing` once for all requests that wait for the same thing. */
  bring(repository: string, reference?: string): Promise<boolean> {
    if (!this.#onMissing) return Promise.resolve(false);
    const key = `${repository} ${reference ?? ''}`;
    let seeding = this.#seeding.get(key);
    if (!seeding) {
      seeding = this.#onMissing(repository, reference).finally(() => this.#seeding.delete(key));
      this.#seeding.set(key, seeding);
    }
    return seeding;
  }

  async #send({ req, res, method }: Call, repository: string, text: string): Promise<void> {
    manifestReference(text);
    const { digest, mediaType, size } = await this.#find(repository, text);
    const etag = `"${digest}"`;
    if (req.headers['if-none-match'] === etag) {
      res.writeHead(304, { etag, 'docker-content-digest': digest }).end();
      return;
    }
    const bytes = method === 'HEAD' ? undefined : await this.#library.content.read(digest);
    const headers = { 'content-type': mediaType, 'content-length': size, 'docker-content-digest': digest, etag };
    res.writeHead(200, headers);
    res.end(bytes);
  }

  async #put(call: Call, repository: string, text: string): Promise<void> {
    const reference = manifestReference(text);
    const tags = 'tag' in reference ? [reference.tag] : tagParameters(call.query);
    const bytes = await readManifest(call);
    const algorithm = 'digest' in reference ? digestAlgorithm(reference.digest) : 'sha256';
    const digest: Digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
    if ('digest' in reference && reference.digest !== digest) {
      throw fail('HUB_DIGEST_INVALID', 'provided digest did not match uploaded content');
    }
    const document = parseImageDocument(bytes, contentType(call));
    this.#checkContent(repository, document);
    await this.#library.putManifest(repository, digest, document, bytes, tags);
    const subject = document.kind === 'manifest' ? document.manifest.subject : document.index.subject;
    sendEmpty(call.res, 201, {
      location: `/v2/${repository}/manifests/${digest}`,
      'docker-content-digest': digest,
      ...(subject && { 'oci-subject': subject.digest }),
      ...('digest' in reference && tags.length > 0 && { 'oci-tag': tags.join(', ') }),
    });
  }

  /** Everything that a manifest names must be in its repository, except layers that are fetched elsewhere. */
  #checkContent(repository: string, document: ImageDocument): void {
    const { records } = this.#library;
    const missing = (digest: Digest) =>
      fail('HUB_MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry', { details: { detail: { digest } } });
    const check = (descriptor: Descriptor, found: number | undefined) => {
      const { digest, size, mediaType } = descriptor;
      if (found === undefined && isForeignLayerType(mediaType)) return;
      if (found === undefined) throw missing(digest);
      if (found !== size) throw fail('HUB_MANIFEST_INVALID', `${digest} has ${found} bytes, not ${size}`);
    };
    if (document.kind === 'manifest') {
      const { config, layers } = document.manifest;
      for (const each of [config, ...layers]) check(each, records.blobSize(repository, each.digest));
      return;
    }
    for (const each of document.index.manifests) {
      const { digest } = each;
      check(each, records.manifest(repository, digest)?.size ?? records.blobSize(repository, digest));
    }
  }

  async #delete({ res }: Call, repository: string, text: string): Promise<void> {
    const { records } = this.#library;
    const reference = manifestReference(text);
    const removed = 'tag' in reference ? records.deleteTag(repository, text) : records.deleteManifest(repository, text);
    if (!removed) throw fail('HUB_MANIFEST_UNKNOWN', 'manifest unknown', { details: { detail: { reference: text } } });
    if ('digest' in reference) await this.#library.release(reference.digest);
    else await records.durable();
    sendEmpty(res, 202);
  }
}

function contentType({ req }: Call): string {
  return (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Tags beside the digest: `?tag=1&tag=2` (distribution-spec, end-7b). */
function tagParameters(query: URLSearchParams): string[] {
  const tags = [...new Set(query.getAll('tag'))];
  if (tags.length > MAX_TAG_PARAMETERS || !tags.every(isTag)) {
    throw fail('HUB_TAG_INVALID', 'manifest tag did not match the format of tags');
  }
  return tags;
}

async function readManifest({ req }: Call): Promise<Buffer> {
  const tooLarge = () => fail('HUB_TOO_LARGE', `manifest is larger than ${MAX_MANIFEST_BYTES} bytes`);
  if (Number(req.headers['content-length'] ?? 0) > MAX_MANIFEST_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_MANIFEST_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
