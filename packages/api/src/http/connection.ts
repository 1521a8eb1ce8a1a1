/**
 * Connections taken over from HTTP: attach and exec speak raw bytes both ways after the head.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isForwarding } from '@wharf/kit';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';

/** How long a finished connection may stay half open before it is cut, in milliseconds. */
const LINGER = 5_000;

/** The biggest message that a web socket may carry, in bytes. */
const MAX_MESSAGE = 1 << 20;

/** The part of Node's HTTP parser that lets go of a socket. It is not documented; checked with Node 26.10. */
interface ParserOwner {
  parser?: { unconsume?(): void; remove?(): void } | null;
}

/**
 * Frees the socket of a request without an Upgrade header from Node's HTTP parser. Nothing else does: `detachSocket`
 * alone leaves the parser reading, and what the client writes to a container's input fails as a malformed request.
 */
export function detachFromHttp(req: IncomingMessage, res: ServerResponse): Socket {
  const socket = req.socket;
  // First, because it throws when an answer to a request before is still being given.
  res.detachSocket(socket);
  for (const event of ['data', 'end', 'close', 'error', 'timeout', 'drain', 'readable'])
    socket.removeAllListeners(event);
  const owner: ParserOwner = socket as unknown as ParserOwner;
  owner.parser?.unconsume?.();
  owner.parser?.remove?.();
  owner.parser = null;
  return socket;
}

/** One connection that HTTP has let go. */
export class Connection {
  readonly #socket: Duplex;
  readonly #owner: Socket;
  #accepted = false;

  /**
   * `socket` is what HTTP let go of: the connection itself, or what Node (26) puts before it while the body of an upgrade
   * request has not arrived whole; `owner` is the connection in either case.
   */
  constructor(socket: Duplex, owner: Socket, head?: Buffer) {
    this.#socket = socket;
    this.#owner = owner;
    // The client's end of input must not end the container's output.
    socket.allowHalfOpen = true;
    owner.allowHalfOpen = true;
    owner.setTimeout(0);
    owner.setNoDelay(true);
    owner.setKeepAlive(true, 30_000);
    // Without a listener a broken connection would end the process; what it means is decided on 'close'.
    socket.on('error', () => this.destroy());
    if (owner !== socket) {
      owner.on('error', () => this.destroy());
      owner.once('close', () => socket.destroy());
    }
    if (head !== undefined && head.length > 0) socket.unshift(head);
  }

  /** Writes the head that ends HTTP on this connection. `status` 101 or 200. */
  accept(status: 101 | 200, contentType: string, headers: readonly (readonly [string, string])[] = []): void {
    const lines = [
      `HTTP/1.1 ${status} ${status === 101 ? 'UPGRADED' : 'OK'}`,
      `Content-Type: ${contentType}`,
      ...headers.map(([name, value]) => `${name}: ${value}`),
      ...(status === 101 ? ['Connection: Upgrade', 'Upgrade: tcp'] : []),
    ];
    this.#accepted = true;
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /**
   * Becomes a web socket (RFC 6455) and gives it as a stream of binary messages. Undefined when the request does not ask
   * for one properly: that has been answered then.
   */
  async acceptWebSocket(req: IncomingMessage): Promise<Duplex | undefined> {
    this.#accepted = true;
    const server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
    const opened = new Promise<WebSocket | undefined>((resolve) => {
      this.#socket.once('close', () => resolve(undefined));
      server.handleUpgrade(req, this.#socket, Buffer.alloc(0), resolve);
    });
    const socket = await opened;
    return socket && createWebSocketStream(socket);
  }

  /** Answers with an ordinary response instead, and closes; after `accept` there is nothing left but to cut. */
  answer(status: number, body: string, headers: readonly (readonly [string, string])[] = []): void {
    if (this.#accepted) {
      this.destroy();
      return;
    }
    const lines = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...headers.map(([name, value]) => `${name}: ${value}`),
    ];
    this.#socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
    this.#linger();
  }

  /**
   * Moves bytes both ways until the output has ended and was sent, or the connection broke. The client's end of input
   * becomes the end of `stream`'s writing side; with `input` off, what the client sends is thrown away.
   */
  async pump(stream: Duplex, input: boolean): Promise<void> {
    const socket = this.#socket;
    const done = new Promise<void>((resolve) => {
      const finish = () => {
        stream.destroy();
        resolve();
      };
      socket.once('close', finish);
      stream.once('close', () => socket.end());
      stream.once('error', () => socket.end());
      socket.once('finish', () => {
        this.#linger();
        finish();
      });
      if (socket.destroyed) finish();
    });
    this.#forward(stream);
    if (input) socket.pipe(stream);
    else socket.resume();
    await done;
    socket.unpipe(stream);
  }

  /** The stream's output becomes the connection's, and its end the end. */
  #forward(stream: Duplex): void {
    const socket = this.#socket;
    if (!isForwarding(stream)) {
      stream.pipe(socket);
      return;
    }
    stream.once('end', () => socket.end());
    stream.forwardTo({ write: (chunk, done) => socket.write(chunk, () => done()) });
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#socket.destroy();
    // What Node puts before the connection does not take it along.
    this.#owner.destroy();
  }

  /**
   * Reads on until the client closes too: closing with unread input would reset the connection, and the client could
   * lose output that it has not read yet. A client that never closes is cut after a while.
   */
  #linger(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const timer = setTimeout(() => this.destroy(), LINGER);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
    socket.once('end', () => this.#owner.destroySoon());
    if (socket.readableEnded) this.#owner.destroySoon();
    socket.unpipe();
    socket.resume();
  }
}
