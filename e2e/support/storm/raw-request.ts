import { request } from 'node:http';
import type { Readable } from 'node:stream';

export interface RawAnswer {
  /** 0 when the connection broke before an answer came. */
  readonly status: number;
  readonly text: string;
  /** It was left by the client, as it wanted. */
  readonly left: boolean;
}

export interface RawOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds after which the client goes away, whatever has come. */
  readonly leaveAfter?: number;
  /** Do not read the answer's body, but keep the connection until the client leaves. */
  readonly deaf?: boolean;
  /** Milliseconds after which the request counts as hanging. */
  readonly patience: number;
}

/** One request on a connection of its own, by a client that may be impatient, deaf, or gone in the middle. */
export function rawRequest(socketPath: string, method: string, path: string, options: RawOptions): Promise<RawAnswer> {
  const { body, headers = {}, leaveAfter, deaf = false, patience } = options;
  const payload = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      ...{ socketPath, method, path, agent: false },
      headers: { Host: 'x', ...(payload ? { 'Content-Type': 'application/json' } : {}), ...headers },
    });
    let status = 0;
    let left = false;
    const chunks: Buffer[] = [];
    const settle = () => {
      for (const timer of timers) clearTimeout(timer);
      outgoing.destroy();
      resolve({ status, text: Buffer.concat(chunks).toString().slice(0, 2_000), left });
    };
    const timers = [
      setTimeout(() => {
        settle();
        reject(new TypeError(`no end of ${method} ${path} after ${patience} ms (status ${status})`));
      }, patience),
    ];
    if (leaveAfter !== undefined) {
      timers.push(
        setTimeout(() => {
          left = true;
          settle();
        }, leaveAfter),
      );
    }
    const take = (stream: Readable) => {
      if (deaf) return;
      stream.on('data', (chunk: Buffer) => {
        if (chunks.length < 64) chunks.push(chunk);
      });
      stream.on('end', settle);
      stream.on('error', settle);
      stream.on('close', settle);
    };
    outgoing.on('response', (response) => {
      status = response.statusCode ?? 0;
      take(response);
    });
    outgoing.on('upgrade', (response, socket, head) => {
      status = response.statusCode ?? 0;
      if (head.length > 0) chunks.push(head);
      socket.on('error', settle);
      take(socket);
      if (options.leaveAfter === undefined) socket.end();
    });
    outgoing.on('error', settle);
    outgoing.end(payload);
  });
}
