import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

/** One request as the fake engine saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Without the version prefix and the query. */
  readonly path: string;
  readonly version: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON; undefined when there is none. */
  readonly body: unknown;
}

/** How a route answers: by writing the response, or by taking the connection over after an upgrade. */
export interface Route {
  answer?(request: SeenRequest, response: ServerResponse): void | Promise<void>;
  upgrade?(request: SeenRequest, socket: Duplex, head: Buffer): void;
}

export interface FakeEngine {
  readonly host: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

const ENCODED = /\/v(\d+\.\d+)(\/.*)/;

async function read(message: IncomingMessage): Promise<SeenRequest> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return describe(message, Buffer.concat(parts).toString());
}

function describe(message: IncomingMessage, text: string): SeenRequest {
  const url = new URL(message.url ?? '/', 'http://engine');
  const match = ENCODED.exec(url.pathname);
  return {
    method: message.method ?? '',
    path: match?.[2] ?? url.pathname,
    version: match?.[1] ?? '',
    query: Object.fromEntries(url.searchParams),
    headers: message.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Api-Version': '1.50', Ostype: 'linux' });
  response.end(JSON.stringify(value));
}

/**
 * A server on a unix socket that knows `/_ping` and the given routes (`'POST /containers/create'`; `*` stands for one
 * part of the path) and keeps all requests.
 */
export async function startFakeEngine(routes: Readonly<Record<string, Route>>): Promise<FakeEngine> {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-fake-'));
  const seen: SeenRequest[] = [];
  const find = (request: SeenRequest): Route | undefined => {
    const parts = request.path.split('/');
    for (const [pattern, route] of Object.entries(routes)) {
      const [method, path = ''] = pattern.split(' ');
      const wanted = path.split('/');
      const fits = wanted.length === parts.length && wanted.every((part, at) => part === '*' || part === parts[at]);
      if (method === request.method && fits) return route;
    }
    return undefined;
  };
  const server = createServer({ noDelay: true }, (message, response) => {
    void read(message).then((request) => {
      seen.push(request);
      if (request.path === '/_ping') {
        sendJson(response, 200, 'OK');
        return undefined;
      }
      const route = find(request);
      if (!route?.answer) return sendJson(response, 404, { message: `no route: ${request.method} ${request.path}` });
      return route.answer(request, response);
    });
  });
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    const request = describe(message, '');
    seen.push(request);
    upgraded.add(socket);
    socket.on('error', () => {});
    Object.assign(socket, { allowHalfOpen: true });
    find(request)?.upgrade?.(request, socket, head);
  });
  const path = join(dir, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    seen,
    async close() {
      for (const socket of upgraded) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true });
    },
  };
}
