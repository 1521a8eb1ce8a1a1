import type { Socket } from 'node:net';
import { WharfError } from '@wharf/kit';
import { fail } from '../errors.ts';
import { Body } from './body.ts';
import { type BodyDecoder, bodyDecoder } from './decoder.ts';
import { MAX_HEAD, parseHead, type ResponseHead } from './head.ts';
import { HijackedStream } from './hijacked.ts';

/** One request, ready to send. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** A body of unknown length, in place of `body`: sent as it comes. What it throws, the request throws. */
  readonly upload?: AsyncIterable<Uint8Array>;
  /** Ask to leave HTTP; a 101 or 200 answer then carries `stream` instead of a body. */
  readonly hijack?: boolean;
}

export interface WireResponse extends ResponseHead {
  readonly body: Body;
  readonly stream?: HijackedStream;
}

interface Exchange {
  readonly request: WireRequest;
  resolve(response: WireResponse): void;
  reject(error: unknown): void;
  body?: Body;
  decoder?: BodyDecoder;
}

/** HTTP/1.1 over one socket, one request at a time. `onIdle` is called when the connection can take the next one. */
export class Connection {
  readonly #socket: Socket;
  readonly #onIdle: (connection: Connection) => void;
  #received = Buffer.alloc(0);
  #exchange: Exchange | undefined;
  #keep = true;
  #hijacked = false;
  /** True when the last exchange broke before the first byte of its answer. */
  #silent = true;
  idleSince = 0;

  constructor(socket: Socket, onIdle: (connection: Connection) => void) {
    this.#socket = socket;
    this.#onIdle = onIdle;
    socket.setNoDelay(true);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onEnd);
  }

  get usable(): boolean {
    return this.#keep && !this.#socket.destroyed && !this.#exchange && !this.#hijacked;
  }

  /** Whether nothing of the last answer had come when the connection broke: the server had closed it while idle. */
  get brokeSilently(): boolean {
    return this.#silent;
  }

  /** Sends the request; resolves with the head of its answer. Rejects with ENGINE_GONE or ENGINE_PROTOCOL. */
  send(request: WireRequest): Promise<WireResponse> {
    this.#silent = true;
    this.#socket.ref();
    return new Promise((resolve, reject) => {
      this.#exchange = { request, resolve, reject };
      let head = `${request.method} ${request.target} HTTP/1.1\r\n`;
      for (const [name, value] of Object.entries(request.headers)) head += `${name}: ${value}\r\n`;
      if (request.upload) head += 'Transfer-Encoding: chunked\r\n';
      else if (request.body) head += `Content-Length: ${request.body.length}\r\n`;
      else if (request.method === 'POST') head += 'Content-Length: 0\r\n';
      const bytes = Buffer.from(`${head}\r\n`, 'latin1');
      this.#socket.write(request.body ? Buffer.concat([bytes, request.body]) : bytes);
      // An answer that comes before the body's end leaves the connection in no state for another request.
      if (request.upload) this.#keep = false;
      if (request.upload) void this.#upload(request.upload, this.#exchange);
    });
  }

  /** Sends the body; stops as soon as the engine has answered, whatever it says of a body that it has not seen. */
  async #upload(chunks: AsyncIterable<Uint8Array>, exchange: Exchange): Promise<void> {
    const isWanted = () => this.#exchange === exchange && exchange.body === undefined;
    try {
      for await (const chunk of chunks) {
        if (!isWanted()) break;
        if (chunk.length > 0) await this.#sendChunk(chunk);
      }
      if (!isWanted()) return;
      this.#keep = true;
      this.#socket.write('0\r\n\r\n');
    } catch (error) {
      if (isWanted()) this.#break(error);
    }
  }

  /** One chunk (RFC 9112 §7.1); resolves when its memory is not needed any more. */
  async #sendChunk(chunk: Uint8Array): Promise<void> {
    const socket = this.#socket;
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    socket.write(chunk);
    // Called with an error, too, when the connection breaks.
    const written = new Promise<void>((resolve) => socket.write('\r\n', 'latin1', () => resolve()));
    socket.uncork();
    await written;
  }

  /** Takes one request back: drops the connection if it is still busy with it. */
  cancel(request: WireRequest, error: unknown): void {
    if (this.#exchange?.request === request) this.#break(error);
  }

  /** Drops the connection; an exchange under way fails with `error`. */
  destroy(error: unknown = fail('REQUEST_CANCELLED', 'the request was cancelled')): void {
    this.#break(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#silent = false;
      this.#take(chunk);
    } catch (error) {
      this.#break(error);
    }
  };

  readonly #onError = (cause: Error): void => {
    this.#break(fail('ENGINE_GONE', `the connection to the engine broke: ${cause.message}`, { cause }));
  };

  readonly #onEnd = (): void => {
    if (this.#hijacked) return;
    const exchange = this.#exchange;
    if (exchange?.decoder?.endsWithConnection) {
      this.#finish();
      this.#socket.destroy();
      return;
    }
    this.#break(fail('ENGINE_GONE', 'the engine closed the connection before it had answered'));
  };

  #take(chunk: Buffer): void {
    const exchange = this.#exchange;
    if (!exchange) throw fail('ENGINE_PROTOCOL', 'the engine sent an answer without a question');
    if (exchange.decoder && exchange.body) {
      this.#feed(exchange, chunk);
      return;
    }
    this.#received = this.#received.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#received, chunk]);
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end < 0 && this.#received.length > MAX_HEAD)
        throw fail('ENGINE_PROTOCOL', 'the head of the answer is too long');
      if (end < 0) return;
      const head = parseHead(this.#received.toString('latin1', 0, end));
      const rest = this.#received.subarray(end + 4);
      this.#received = rest;
      // Other 1xx answers announce a later one (RFC 9110 §15.2).
      if (head.status >= 200 || head.status === 101) {
        this.#received = Buffer.alloc(0);
        this.#begin(exchange, head, rest);
        return;
      }
    }
  }

  #begin(exchange: Exchange, head: ResponseHead, rest: Buffer): void {
    if (exchange.request.hijack && (head.status === 101 || head.status === 200)) {
      this.#leaveHttp(exchange, head, rest);
      return;
    }
    if (head.status === 101) throw fail('ENGINE_PROTOCOL', 'the engine switched protocols unasked');
    if (head.headers.get('connection')?.toLowerCase() === 'close') this.#keep = false;
    exchange.body = new Body({
      pause: () => this.#socket.pause(),
      resume: () => this.#socket.resume(),
      abandon: () => this.#break(fail('REQUEST_CANCELLED', 'the rest of the answer was not wanted')),
    });
    exchange.decoder = bodyDecoder(exchange.request.method, head);
    exchange.resolve({ ...head, body: exchange.body });
    if (exchange.decoder) this.#feed(exchange, rest);
    else this.#finish();
  }

  #feed(exchange: Exchange, bytes: Buffer): void {
    const after = exchange.decoder?.feed(bytes, (chunk) => exchange.body?.push(chunk));
    if (after === undefined) return;
    if (after.length > 0) this.#keep = false;
    this.#finish();
  }

  /** The answer is complete: the connection is free for the next request. */
  #finish(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.body?.end();
    if (!this.#keep) {
      this.#socket.destroy();
      return;
    }
    this.#socket.resume();
    // An idle connection does not keep the program alive.
    this.#socket.unref();
    this.#onIdle(this);
  }

  #leaveHttp(exchange: Exchange, head: ResponseHead, rest: Buffer): void {
    this.#hijacked = true;
    this.#exchange = undefined;
    const socket = this.#socket;
    socket.pause();
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onEnd);
    const stream = new HijackedStream(socket, rest, head.headers.get('content-type') ?? '');
    const body = new Body({ pause() {}, resume() {}, abandon() {} });
    body.end();
    exchange.resolve({ ...head, body, stream });
  }

  #break(error: unknown): void {
    this.#keep = false;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange?.body) exchange.body.end(error);
    else exchange?.reject(error);
    if (!this.#hijacked) this.#socket.destroy();
  }
}

/** True for the failure of a connection that had gone stale before the request reached anybody. */
export function wentStale(connection: Connection, error: unknown): boolean {
  return connection.brokeSilently && error instanceof WharfError && error.code === 'ENGINE_GONE';
}
