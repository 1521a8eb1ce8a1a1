import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One blob or manifest of the registry. */
export interface StoredContent {
  readonly mediaType: string;
  readonly data: Buffer;
}

/** A request as faults see it. */
export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly kind: 'ping' | 'token' | 'manifest' | 'blob' | 'other';
}

/** Answers a request in the registry's place and gives true, or gives false to let the registry answer. */
export type Fault = (request: RegistryRequest, response: ServerResponse, content: StoredContent | undefined) => boolean;

/** Name and password that a protected registry accepts. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

function kindOf(path: string): RegistryRequest['kind'] {
  if (path === '/v2/') return 'ping';
  if (path.startsWith('/token')) return 'token';
  if (/\/manifests\/[^/]+$/.test(path)) return 'manifest';
  return /\/blobs\/[^/]+$/.test(path) ? 'blob' : 'other';
}

/**
 * A registry in memory that serves pulls on loopback and misbehaves as told: `fault` sees every request first. With
 * `login` it demands a bearer token, which its token service gives for that name and password.
 */
export class TestRegistry {
  /** "127.0.0.1:port", the first part of image names. */
  readonly host: string;
  readonly requests: RegistryRequest[] = [];
  fault: Fault | undefined;
  readonly #server: Server;
  readonly #login: Login | undefined;
  readonly #content = new Map<string, StoredContent>();
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, login: Login | undefined) {
    this.#server = server;
    this.#login = login;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response));
    // A test that fails before it closes its registry must still come to an end.
    server.unref();
    server.on('connection', (socket) => {
      socket.unref();
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(login?: Login): Promise<TestRegistry> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new TestRegistry(server, login);
  }

  /** Stores a blob and gives its digest. */
  blob(repository: string, data: Buffer, mediaType = 'application/octet-stream'): string {
    const digest = digestOf(data);
    this.#content.set(`/v2/${repository}/blobs/${digest}`, { mediaType, data });
    return digest;
  }

  /** Stores a manifest or index under a tag and its digest, and gives the digest. */
  manifest(repository: string, tag: string, data: Buffer, mediaType: string): string {
    const digest = digestOf(data);
    for (const name of [tag, digest]) this.#content.set(`/v2/${repository}/manifests/${name}`, { mediaType, data });
    return digest;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    const seen = { method: request.method ?? 'GET', path: request.url ?? '', kind: kindOf(path) };
    this.requests.push(seen);
    const content = this.#content.get(path);
    response.setHeader('Docker-Distribution-API-Version', 'registry/2.0');
    if (this.fault?.(seen, response, content) === true) return;
    if (seen.kind === 'token') return this.#token(request, response);
    if (this.#login !== undefined && request.headers.authorization !== `Bearer ${this.#tokenText}`) {
      response.setHeader('WWW-Authenticate', `Bearer realm="http://${this.host}/token",service="test"`);
      return this.#refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
    }
    if (seen.kind === 'ping') return void response.end('{}');
    if (content === undefined) {
      const manifest = seen.kind === 'manifest';
      return this.#refuse(response, 404, manifest ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN', 'not known to the registry');
    }
    response.setHeader('Content-Type', content.mediaType);
    response.setHeader('Content-Length', content.data.length);
    response.setHeader('Docker-Content-Digest', digestOf(content.data));
    response.end(seen.method === 'HEAD' ? undefined : content.data);
  }

  get #tokenText(): string {
    return Buffer.from(`${this.#login?.username}-token`).toString('base64url');
  }

  #token(request: IncomingMessage, response: ServerResponse): void {
    const { username, password } = this.#login ?? {};
    const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    if (request.headers.authorization !== expected)
      return this.#refuse(response, 401, 'UNAUTHORIZED', 'wrong password');
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ token: this.#tokenText, expires_in: 300 }));
  }

  #refuse(response: ServerResponse, status: number, code: string, message: string): void {
    response.statusCode = status;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ errors: [{ code, message }] }));
  }
}
