import type { Readable } from 'node:stream';
import { type Descriptor, type Digest, digestAlgorithm, isDigest } from '@wharf/spec';
import type { Identity } from './authorizer.ts';
import { countBytes, takeBytes } from './body-streams.ts';
import { fail } from './errors.ts';
import { type Exchange, isPassing, mayTryAgain, resolveLocation } from './exchange.ts';
import { digestOf } from './pull.ts';
import { statusOf } from './remote-error.ts';
import { discard, type HttpResponse } from './transport.ts';
import type { PushBlobResult } from './types.ts';

/** A blob to push. `open` gives its bytes from `offset` on; it is called again for each attempt. */
export interface BlobSource {
  readonly descriptor: Descriptor;
  open(offset: number): Promise<Readable>;
}

/** How a blob is pushed. */
export interface PushBlobSettings {
  /** Repositories of the same registry that may have the blob already. */
  readonly mountFrom?: readonly string[];
  /** Send in parts of this many bytes; otherwise all at once. */
  readonly chunkBytes?: number;
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled for each further one. */
  readonly pauseMs: number;
  onProgress?(sent: number): void;
}

/** Where a push goes. */
export interface PushTarget {
  readonly exchange: Exchange;
  readonly identity: Identity;
  readonly repository: string;
}

/** Whether the repository has the blob (distribution-spec, end-2). */
export async function hasBlob({ exchange, identity, repository }: PushTarget, digest: Digest): Promise<boolean> {
  const path = `/v2/${repository}/blobs/${digest}`;
  const response = await exchange.send(identity, { method: 'HEAD', path, accept: [200, 404] });
  discard(response);
  return response.status === 200;
}

function locationOf(response: HttpResponse): URL {
  const { location } = response.headers;
  if (location === undefined) throw fail('REGISTRY_PROTOCOL', 'the registry gave no location for the upload');
  return resolveLocation(location, response.url);
}

/** Opens an upload, or mounts the blob from another repository when there is one (end-4a, end-11). */
async function begin(target: PushTarget, digest: Digest, from?: string): Promise<URL | 'mounted'> {
  const { exchange, identity, repository } = target;
  const query = from === undefined ? '' : `?${new URLSearchParams({ mount: digest, from })}`;
  const path = `/v2/${repository}/blobs/uploads/${query}`;
  const headers = { 'content-length': '0' };
  const response = await exchange.send(identity, { method: 'POST', path, headers, accept: [201, 202] });
  discard(response);
  return response.status === 201 ? 'mounted' : locationOf(response);
}

/** Pushes a blob unless the registry has it or can mount it (distribution-spec, "Pushing blobs"). */
export async function pushBlob(
  target: PushTarget,
  blob: BlobSource,
  settings: PushBlobSettings,
): Promise<PushBlobResult> {
  const { digest } = blob.descriptor;
  if (await hasBlob(target, digest)) return 'exists';
  let location: URL | 'mounted' | undefined;
  for (const from of settings.mountFrom ?? []) {
    location = await begin(target, digest, from);
    if (location === 'mounted') return 'mounted';
  }
  for (let attempt = 1; ; attempt += 1) {
    location ??= await begin(target, digest);
    if (location === 'mounted') return 'mounted';
    try {
      if (settings.chunkBytes)
        await sendChunks(target, blob, { ...settings, chunkBytes: settings.chunkBytes }, location);
      else await sendWhole(target, blob, settings, location);
      return 'pushed';
    } catch (error) {
      if (attempt >= settings.attempts || !mayTryAgain(error)) throw error;
      if (statusOf(error) === 401 && attempt > 1) throw error;
      location = undefined;
      await target.exchange.pause(settings.pauseMs * 2 ** (attempt - 1), target.identity.signal);
    }
  }
}

function finalUrl(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.searchParams.set('digest', digest);
  return url;
}

/** One PUT with all bytes (end-6). */
async function sendWhole(
  target: PushTarget,
  blob: BlobSource,
  settings: PushBlobSettings,
  location: URL,
): Promise<void> {
  const { digest, size } = blob.descriptor;
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
  const source = await blob.open(0);
  try {
    const body = settings.onProgress ? countBytes(source, settings.onProgress) : source;
    const path = finalUrl(location, digest);
    const response = await target.exchange.send(target.identity, {
      method: 'PUT',
      path,
      headers,
      body,
      accept: [201, 204],
      once: true,
    });
    discard(response);
  } finally {
    source.destroy();
  }
}

/** PATCH by PATCH (end-5), asking the registry how far it got after a broken one (end-13), then an empty PUT. */
async function sendChunks(
  target: PushTarget,
  blob: BlobSource,
  settings: PushBlobSettings & { chunkBytes: number },
  begun: URL,
): Promise<void> {
  const { exchange, identity } = target;
  const { digest, size } = blob.descriptor;
  let location = begun;
  let failures = 0;
  for (let offset = 0; offset < size; ) {
    try {
      const next = await sendChunk(target, blob, {
        location,
        offset,
        length: Math.min(settings.chunkBytes, size - offset),
      });
      ({ location, offset } = next);
      failures = 0;
    } catch (error) {
      failures += 1;
      const asks = isPassing(error) || statusOf(error) === 416 || statusOf(error) === 401;
      if (!asks || failures >= settings.attempts) throw error;
      await exchange.pause(settings.pauseMs * 2 ** (failures - 1), identity.signal);
      ({ location, offset } = await status(target, location));
    }
    settings.onProgress?.(offset);
  }
  const headers = { 'content-length': '0' };
  const path = finalUrl(location, digest);
  discard(await exchange.send(identity, { method: 'PUT', path, headers, accept: [201, 204] }));
}

interface Position {
  readonly location: URL;
  /** How many bytes the registry has. */
  readonly offset: number;
}

/** The registry's `Range: 0-<last>` answers; an empty upload has no last byte, and `0-0` is ambiguous in practice. */
function positionOf(response: HttpResponse, otherwise: number): Position {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers['range'] ?? '')?.[1];
  const offset = last === undefined ? otherwise : Number(last) + 1;
  return { location: locationOf(response), offset: offset === 1 && otherwise === 0 ? 0 : offset };
}

async function sendChunk(
  target: PushTarget,
  blob: BlobSource,
  chunk: Position & { length: number },
): Promise<Position> {
  const { location, offset, length } = chunk;
  const source = await blob.open(offset);
  try {
    const response = await target.exchange.send(target.identity, {
      method: 'PATCH',
      path: location,
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(length),
        'content-range': `${offset}-${offset + length - 1}`,
      },
      body: takeBytes(source, length),
      accept: [202, 204],
      once: true,
    });
    discard(response);
    return positionOf(response, offset + length);
  } finally {
    source.destroy();
  }
}

async function status({ exchange, identity }: PushTarget, location: URL): Promise<Position> {
  const response = await exchange.send(identity, { method: 'GET', path: location, accept: [200, 202, 204] });
  discard(response);
  return positionOf(response, 0);
}

/** Puts a manifest under a tag or its digest (distribution-spec, end-7) and checks what the registry made of it. */
export async function pushManifest(
  { exchange, identity, repository }: PushTarget,
  name: string,
  manifest: { mediaType: string; bytes: Buffer },
): Promise<Descriptor> {
  const { mediaType, bytes } = manifest;
  const digest = digestOf(bytes, isDigest(name) ? digestAlgorithm(name) : 'sha256');
  const headers = { 'content-type': mediaType, 'content-length': String(bytes.length) };
  const path = `/v2/${repository}/manifests/${name}`;
  const response = await exchange.send(identity, {
    method: 'PUT',
    path,
    headers,
    body: bytes,
    accept: [200, 201, 202],
  });
  discard(response);
  const stored = response.headers['docker-content-digest'];
  if (isDigest(stored) && digestAlgorithm(stored) === digestAlgorithm(digest) && stored !== digest) {
    throw fail('MANIFEST_UNVERIFIED', `manifest verification failed for digest ${digest}`, { details: { stored } });
  }
  return { mediaType, digest, size: bytes.length };
}
