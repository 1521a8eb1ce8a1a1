import { Socket } from 'node:net';
import { fail } from '../errors.ts';

/** How the body of a request ends: after so many bytes, or as its chunks say (RFC 9112 §7.1). */
export type Framing = { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' };

/** Bytes that are read from the connection at a time. */
const BUFFER = 1024 * 1024;
/** Longest line with the size of a chunk. */
const MAX_LINE = 4096;

/**
 * The body of a request, read from its connection: without Node's HTTP parser in between, which costs several times as
 * much as writing the bytes to a file. A chunk's memory is used again when the next one is asked for.
 */
export class DirectBody implements AsyncIterable<Uint8Array> {
  readonly #socket: Socket;
  readonly #framing: ChunkFraming | LengthFraming;
  #piece: Buffer | undefined;
  #over = false;
  #cancelled = false;
  #wake: () => void = () => {};

  /** `fd` is a descriptor of its own, which is closed at the end; `head` came before, with the request's head. */
  constructor(fd: number, head: Uint8Array, framing: Framing) {
    this.#piece = head.length > 0 ? Buffer.from(head) : undefined;
    this.#framing = framing.kind === 'length' ? new LengthFraming(framing.bytes) : new ChunkFraming();
    const onread = {
      buffer: Buffer.allocUnsafeSlow(BUFFER),
      callback: (count: number, buffer: Uint8Array) => {
        this.#piece = Buffer.from(buffer.buffer, buffer.byteOffset, count);
        this.#wake();
        return false;
      },
    };
    this.#socket = new Socket({ fd, readable: true, writable: false, allowHalfOpen: true, onread });
    this.#socket.pause();
    const ended = () => {
      this.#over = true;
      this.#wake();
    };
    for (const event of ['end', 'close', 'error']) this.#socket.on(event, ended);
  }

  /** Ends the iteration with an error. */
  cancel(): void {
    this.#cancelled = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    try {
      while (!this.#framing.complete) {
        const piece = await this.#next();
        for (const data of this.#framing.push(piece)) yield data;
      }
    } finally {
      this.#socket.destroy();
    }
  }

  async #next(): Promise<Buffer> {
    for (;;) {
      if (this.#cancelled) throw fail('COPY_CANCELLED', 'the copy was cancelled');
      const piece = this.#piece;
      this.#piece = undefined;
      if (piece) return piece;
      if (this.#over) throw fail('COPY_CANCELLED', 'the client closed the connection');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#socket.resume();
      });
    }
  }
}

/** So many bytes. */
export class LengthFraming {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get complete(): boolean {
    return this.#left === 0;
  }

  *push(bytes: Buffer): Generator<Buffer, void> {
    const own = bytes.subarray(0, this.#left);
    this.#left -= own.length;
    if (own.length > 0) yield own;
  }
}

/** Chunks with their sizes before them, trailers at the end. */
export class ChunkFraming {
  #line = '';
  #left = 0;
  #state: 'size' | 'data' | 'after' | 'trailer' | 'complete' = 'size';

  get complete(): boolean {
    return this.#state === 'complete';
  }

  /** The data in these bytes, uncopied. Throws COPY_FAILED for what are no chunks. */
  *push(bytes: Buffer): Generator<Buffer, void> {
    for (let at = 0; at < bytes.length && this.#state !== 'complete'; ) {
      if (this.#state === 'data') {
        const own = bytes.subarray(at, at + this.#left);
        this.#left -= own.length;
        at += own.length;
        if (this.#left === 0) this.#state = 'after';
        yield own;
        continue;
      }
      const end = bytes.indexOf(0x0a, at);
      this.#line += bytes.toString('latin1', at, end < 0 ? bytes.length : end);
      if (this.#line.length > MAX_LINE) throw fail('COPY_FAILED', 'the body of the request has a chunk without a size');
      if (end < 0) return;
      at = end + 1;
      this.#takeLine(this.#line.replace(/\r$/, ''));
      this.#line = '';
    }
  }

  #takeLine(line: string): void {
    if (this.#state === 'after') {
      if (line !== '') throw fail('COPY_FAILED', 'the body of the request has a chunk of another size than it says');
      this.#state = 'size';
    } else if (this.#state === 'trailer') {
      if (line === '') this.#state = 'complete';
    } else {
      const size = /^([0-9a-f]{1,13})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
      if (size === undefined) throw fail('COPY_FAILED', 'the body of the request has a chunk without a size');
      this.#left = Number.parseInt(size, 16);
      this.#state = this.#left === 0 ? 'trailer' : 'data';
    }
  }
}
