import { createHash } from 'node:crypto';
import {
  type Descriptor,
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  isDigest,
  MANIFEST_MEDIA_TYPES,
  MAX_MANIFEST_BYTES,
  MEDIA_TYPES,
  type Reference,
} from '@wharf/spec';
import type { Identity } from './authorizer.ts';
import { fail } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { isMissing } from './pull-error.ts';
import { remoteError } from './remote-error.ts';
import { discard, type HttpResponse, readBody } from './transport.ts';
import type { FetchedBlob, FetchedManifest } from './types.ts';

/** The digest of bytes in memory. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** The media type without parameters; where the server does not know it, what the document itself says. */
function mediaTypeOf(response: HttpResponse, bytes: Buffer): string {
  const header = (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (MANIFEST_MEDIA_TYPES.includes(header)) return header;
  if (header.startsWith('application/vnd.')) throw unsupported(header);
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString());
  } catch (cause) {
    throw fail('MANIFEST_UNSUPPORTED', 'error unmarshalling content: the manifest is not JSON', { cause });
  }
  const { mediaType, manifests, layers, schemaVersion } = (document ?? {}) as Record<string, unknown>;
  if (typeof mediaType === 'string' && MANIFEST_MEDIA_TYPES.includes(mediaType)) return mediaType;
  if (schemaVersion === 2 && mediaType === undefined && Array.isArray(manifests)) return MEDIA_TYPES.ociIndex;
  if (schemaVersion === 2 && mediaType === undefined && Array.isArray(layers)) return MEDIA_TYPES.ociManifest;
  throw unsupported(typeof mediaType === 'string' ? mediaType.slice(0, 256) : header);
}

function unsupported(mediaType: string): Error {
  return fail('MANIFEST_UNSUPPORTED', `unsupported manifest media type and no default available: ${mediaType}`);
}

/** Fetches the manifest or index of a reference and verifies it (distribution-spec, end-3). */
export async function fetchManifest(
  exchange: Exchange,
  identity: Identity,
  ref: Reference,
  accept: readonly string[],
): Promise<FetchedManifest> {
  const path = `/v2/${ref.repository}/manifests/${ref.digest ?? ref.tag ?? 'latest'}`;
  const headers = { accept: accept.join(', '), 'accept-encoding': 'identity' };
  const response = await exchange.send(identity, { method: 'GET', path, headers, accept: [200] });
  const bytes = await readBody(response, MAX_MANIFEST_BYTES);
  if (!bytes) throw fail('MANIFEST_UNSUPPORTED', `manifest is larger than ${MAX_MANIFEST_BYTES} bytes`);
  const announced = response.headers['docker-content-digest'];
  const known = ref.digest ?? (isDigest(announced) ? announced : undefined);
  const digest = digestOf(bytes, known && digestAlgorithm(known));
  const wanted = known ?? digest;
  if (digest !== wanted) {
    throw fail('MANIFEST_UNVERIFIED', `manifest verification failed for digest ${wanted}`, { details: { digest } });
  }
  const descriptor: Descriptor = { mediaType: mediaTypeOf(response, bytes), digest, size: bytes.length };
  return { descriptor, bytes, endpoint: identity.endpoint };
}

/** Begins to fetch a blob at `offset` (distribution-spec, end-2). The bytes are not verified. */
export async function fetchBlob(
  exchange: Exchange,
  identity: Identity,
  place: { repository: string; descriptor: Descriptor; offset: number },
): Promise<FetchedBlob> {
  const { repository, descriptor, offset } = place;
  const path = `/v2/${repository}/blobs/${descriptor.digest}`;
  const range = offset > 0 ? { range: `bytes=${offset}-` } : undefined;
  const headers = { 'accept-encoding': 'identity', ...range };
  try {
    const response = await exchange.send(identity, { method: 'GET', path, headers, accept: [200, 206, 416] });
    if (response.status !== 416) return await checkedBlob(response, descriptor, offset);
    if (offset === 0) throw await remoteError(response);
    discard(response);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw fail('REMOTE_BLOB_NOT_FOUND', error.message, { cause: error, details: error.details });
  }
  return await fetchBlob(exchange, identity, { ...place, offset: 0 });
}

/** Compares what the head of the answer promises with what was asked for. */
async function checkedBlob(response: HttpResponse, descriptor: Descriptor, offset: number): Promise<FetchedBlob> {
  const { status, headers, stream } = response;
  const start = status === 206 ? Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? -1) : 0;
  const length = headers['content-length'];
  const size = length === undefined ? descriptor.size : Number(length) + Math.max(start, 0);
  if ((start === 0 || start === offset) && size === descriptor.size) return { stream, offset: start };
  stream.on('error', () => {});
  stream.destroy();
  const got = start < 0 ? 'an unknown range' : `${size} bytes`;
  throw fail('REGISTRY_PROTOCOL', `unexpected size of blob ${descriptor.digest}: ${got} instead of ${descriptor.size}`);
}
