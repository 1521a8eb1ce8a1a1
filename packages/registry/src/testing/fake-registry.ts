import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Digest, MEDIA_TYPES } from '@wharf/spec';

/** A request that the fake registry got. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers one request; `seen` has it and all before it, newest last. */
export type Script = (seen: Seen, res: ServerResponse, all: readonly Seen[]) => void | Promise<void>;

/** A server on loopback that does what a test tells it to, however wrong. */
export class FakeRegistry {
  readonly seen: Seen[] = [];
  readonly #server;

  constructor(script: Script) {
    this.#server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('error', () => {});
      req.on('end', () => {
        const { method = '', url = '', headers } = req;
        const seen = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
        this.seen.push(seen);
        void script(seen, res, this.seen);
      });
    });
  }

  async start(): Promise<this> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    return this;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }
}

/** Cuts the connection without an answer. */
export function cut(res: ServerResponse): void {
  (res.socket as Socket | null)?.destroy();
}

export function digestOf(bytes: string | Buffer): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An image manifest without layers. */
export const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: MEDIA_TYPES.ociManifest,
  config: { mediaType: MEDIA_TYPES.ociConfig, digest: digestOf('{}'), size: 2 },
  layers: [],
});

export function sendManifest(res: ServerResponse, headers: Record<string, string> = {}): void {
  res.writeHead(200, { 'content-type': MEDIA_TYPES.ociManifest, ...headers }).end(MANIFEST);
}

export function sendFailure(res: ServerResponse, status: number, code: string, message: string): void {
  const body = JSON.stringify({ errors: [{ code, message }] });
  res.writeHead(status, { 'content-type': 'application/json' }).end(body);
}
