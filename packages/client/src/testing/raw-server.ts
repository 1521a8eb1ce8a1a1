import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server that speaks whatever the test says, byte by byte. */
export interface RawServer {
  readonly host: string;
  /** Heads of all requests, in order. */
  readonly requests: string[];
  /** Number of connections that were made. */
  connections(): number;
  close(): Promise<void>;
}

/** Calls `answer` with each complete request (head and body as one text) and the number of requests before it. */
export async function startRawServer(
  answer: (request: string, socket: Socket, count: number) => void,
): Promise<RawServer> {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-raw-'));
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    let text = '';
    let hijacked = false;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      if (hijacked) return;
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
        if (text.length < end + 4 + length) return;
        const request = text.slice(0, end + 4 + length);
        text = text.slice(request.length);
        hijacked = /^upgrade:/im.test(request);
        requests.push(request);
        answer(request, socket, requests.length - 1);
      }
    });
  });
  const path = join(dir, 'raw.sock');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    requests,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true });
    },
  };
}

/** A whole answer with a JSON body. */
export function jsonAnswer(value: unknown, status = '200 OK', more = ''): string {
  const body = JSON.stringify(value);
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
