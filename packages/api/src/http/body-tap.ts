import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { DirectUpload } from '../backends/archive.ts';
import { Connection, detachFromHttp } from './connection.ts';

/** Smaller bodies are not worth giving a connection up. */
const MIN_LENGTH = 256 * 1024;

/** The parts of a socket that are not documented; checked with Node 26.10. */
interface Inner {
  _handle?: { readonly fd?: number; reading?: boolean; readStop?(): void; readStart?(): void } | null;
  _read?: (size: number) => void;
}

/** A body that nobody has read yet. */
export interface TappedBody {
  /** Takes the connection from HTTP: what `answer` writes is the last that is said there. */
  take(res: ServerResponse): { readonly upload: DirectUpload; readonly connection: Connection };
  /** Lets HTTP go on as if nothing had been. */
  release(): void;
}

/**
 * Looks on when a request's head comes, so that a large body can be read from the connection itself: Node's parser copies
 * every 64 KiB and makes an object of it, which takes longer than to write the bytes to a file.
 */
export class BodyTap {
  readonly #last = new WeakMap<Socket, Buffer>();
  readonly #listeners = new WeakMap<Socket, (chunk: Buffer) => void>();

  /** To be called for every new connection. */
  watch(socket: Socket): void {
    const listener = (chunk: Buffer) => this.#last.set(socket, chunk);
    this.#listeners.set(socket, listener);
    // A listener of others' makes Node hand its parser what has come, instead of letting it read; ours is to be first.
    socket.on('data', listener);
    socket.off('data', listener);
    socket.prependListener('data', listener);
  }

  /** The connection is not HTTP's any more. */
  forget(socket: Socket): void {
    const listener = this.#listeners.get(socket);
    if (listener) socket.off('data', listener);
    this.#last.delete(socket);
  }

  /**
   * Keeps the body of a request from being read. To be called in the moment in which the request is told; undefined when
   * the body is small, or the connection is no plain one. Then `take` or `release` must follow.
   */
  hold(req: IncomingMessage): TappedBody | undefined {
    const socket = req.socket;
    const chunk = this.#last.get(socket);
    const inner = socket as unknown as Inner;
    const fd = inner._handle?.fd;
    const framing = framingOf(req);
    if (!chunk || !framing || fd === undefined || fd < 0 || 'encrypted' in socket) return undefined;
    const end = chunk.indexOf('\r\n\r\n');
    const start = `${req.method} ${req.url} HTTP/1.1\r\n`;
    // Anything but a head in one piece at the chunk's beginning is left to the parser.
    if (end < 0 || chunk.toString('latin1', 0, start.length) !== start) return undefined;
    const head = Uint8Array.from(chunk.subarray(end + 4));
    stopReading(socket, inner);
    return {
      take: (res) => {
        const connection = new Connection(detachFromHttp(req, res), socket);
        stopReading(socket, inner);
        return { upload: { fd, head, framing }, connection };
      },
      release: () => resumeReading(socket),
    };
  }
}

/** Lets a connection be read again that was taken. */
export function resumeReading(socket: Socket): void {
  const inner = socket as unknown as Inner;
  delete inner._read;
  // The stream believes that it waits for bytes already and would not ask for them again.
  if (inner._handle && !inner._handle.reading) {
    inner._handle.reading = true;
    inner._handle.readStart?.();
  }
  socket.resume();
}

/** Node reads ahead on its own in several places, all of which come through `_read`. */
function stopReading(socket: Socket, inner: Inner): void {
  inner._read = () => {};
  socket.pause();
  inner._handle?.readStop?.();
  if (inner._handle) inner._handle.reading = false;
}

function framingOf({ headers }: IncomingMessage): DirectUpload['framing'] | undefined {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) return coding.trim().toLowerCase() === 'chunked' ? { kind: 'chunked' } : undefined;
  const bytes = Number(headers['content-length'] ?? 0);
  return bytes >= MIN_LENGTH ? { kind: 'length', bytes } : undefined;
}
