import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Clock, silentLogger } from '@wharf/kit';
import { type Digest, MEDIA_TYPES } from '@wharf/spec';
import { createHub, type Hub, type HubOptions } from '../hub.ts';

/** A clock whose hands a test turns. */
export class HandClock implements Clock {
  ms = 1_700_000_000_000;

  now(): number {
    return this.ms;
  }

  nowNanos(): bigint {
    return BigInt(this.ms) * 1_000_000n;
  }
}

/** A Hub that serves on loopback until the test ends. */
export interface Served {
  readonly hub: Hub;
  readonly url: string;
  /** `127.0.0.1:<port>`, as image names begin. */
  readonly host: string;
  readonly root: string;
  readonly clock: HandClock;
  /** One request; paths begin after `/v2/`. */
  ask(
    method: string,
    path: string,
    init?: { headers?: Record<string, string>; body?: string | Uint8Array },
  ): Promise<Response>;
  stop(): Promise<void>;
}

export function temporaryDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-hub-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Starts a Hub; `root` is a fresh directory unless told. */
export async function serveHub(t: TestContext, options: Partial<HubOptions> = {}): Promise<Served> {
  const clock = new HandClock();
  const root = options.root ?? temporaryDir(t);
  const hub = createHub({ logger: silentLogger, clock, ...options, root });
  const { url } = await hub.listen({ host: '127.0.0.1', port: 0 });
  let open = true;
  const stop = async () => {
    if (open) await hub.close();
    open = false;
  };
  t.after(stop);
  const ask: Served['ask'] = (method, path, init) =>
    fetch(`${url}/v2/${path}`, { method, ...init, redirect: 'manual' } as RequestInit);
  return { hub, url, host: url.slice('http://'.length), root, clock, ask, stop };
}

export function digestOf(bytes: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Pushes a blob in one request. */
export async function pushBlob(served: Served, repository: string, content: string): Promise<Digest> {
  const digest = digestOf(content);
  await served.ask('POST', `${repository}/blobs/uploads/?digest=${digest}`, { body: content });
  return digest;
}

/** The text of an image manifest with one layer. */
export function manifestOf(layer: string, more: object = {}): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: MEDIA_TYPES.ociConfig, digest: digestOf('{}'), size: 2 },
    layers: [{ mediaType: MEDIA_TYPES.ociLayer, digest: digestOf(layer), size: layer.length }],
    ...more,
  });
}

export async function putManifest(served: Served, repository: string, reference: string, body: string, type?: string) {
  const headers = { 'content-type': type ?? MEDIA_TYPES.ociManifest };
  return await served.ask('PUT', `${repository}/manifests/${reference}`, { headers, body });
}

/** Pushes a whole image and returns the digest of its manifest. */
export async function pushImage(served: Served, repository: string, tag: string, layer: string, more: object = {}) {
  await pushBlob(served, repository, '{}');
  await pushBlob(served, repository, layer);
  const body = manifestOf(layer, more);
  await putManifest(served, repository, tag, body);
  return digestOf(body);
}

/** The code of the first error in an answer. */
export async function errorCode(response: Response): Promise<string | undefined> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return errors[0]?.code;
}
