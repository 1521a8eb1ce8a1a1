/** A server on a unix socket in a directory of its own, and small clients to try it with. */
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, silentLogger } from '@wharf/kit';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../server.ts';
import { fakeBackends, type PartialBackends } from './fake-backends.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** A running server for one test. */
export class Harness {
  readonly server: ApiServer;
  readonly socketPath: string;
  readonly directory: string;

  constructor(server: ApiServer, directory: string) {
    this.server = server;
    this.directory = directory;
    this.socketPath = join(directory, 'api.sock');
  }

  /** One request, read to its end. */
  request(path: string, options: RequestOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { method = 'GET', headers = {}, body } = options;
      const req = httpRequest({ socketPath: this.socketPath, path, method, headers, agent: false }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks).toString() });
        });
      });
      req.on('error', reject);
      req.end(body);
    });
  }

  /** The same with a JSON body both ways. */
  async json(
    path: string,
    options: { method?: string; body?: unknown } = {},
  ): Promise<{ status: number; value: unknown }> {
    const sent = options.body === undefined ? {} : { body: JSON.stringify(options.body) };
    const headers: Record<string, string> = options.body === undefined ? {} : { 'Content-Type': 'application/json' };
    const answer = await this.request(path, { ...(options.method && { method: options.method }), headers, ...sent });
    return { status: answer.status, value: answer.body === '' ? undefined : JSON.parse(answer.body) };
  }

  /** A bare connection on which `text` has been written. */
  raw(text: string): Socket {
    const socket = connect({ path: this.socketPath, allowHalfOpen: true });
    socket.on('error', () => {});
    socket.write(text);
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close(0);
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Starts a server with the given backends. */
export async function startServer(
  backends: PartialBackends = {},
  options: Partial<ApiServerOptions> & { logger?: Logger } = {},
): Promise<Harness> {
  const directory = await mkdtemp(join(tmpdir(), 'wharf-api-'));
  const server = createApiServer({
    backends: fakeBackends(backends),
    logger: silentLogger,
    version: { min: '1.24', max: '1.55', engine: '0.1.0' },
    cgroupVersion: 2,
    ...options,
  });
  const harness = new Harness(server, directory);
  await server.listen({ unix: harness.socketPath });
  return harness;
}

/** The next bytes that a connection gives. */
export function readSome(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      resolve(chunk);
    });
    socket.once('close', () => reject(new Error('closed')));
    socket.resume();
  });
}

/** Everything that a connection still gives until its other end closes. */
export function readAll(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.resume();
    socket.once('end', () => resolve(Buffer.concat(chunks)));
    socket.once('close', () => resolve(Buffer.concat(chunks)));
  });
}

/** Reads one response head; what follows it stays in the connection. */
export function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = Buffer.alloc(0);
    const take = (chunk: Buffer) => {
      text = Buffer.concat([text, chunk]);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', take);
      socket.pause();
      if (text.length > end + 4) socket.unshift(text.subarray(end + 4));
      resolve(text.subarray(0, end).toString());
    };
    socket.on('data', take);
    socket.resume();
    socket.once('close', () => reject(new Error(`closed after ${JSON.stringify(text.toString())}`)));
  });
}
