import type { Socket } from 'node:net';
import { fail } from '../errors.ts';

/** A connection that has left HTTP: both directions are the container's streams. */
export class HijackedStream {
  /** Of the answer: tells the multiplexed framing from the raw one. */
  readonly contentType: string;
  readonly #socket: Socket;
  #early: Buffer;

  constructor(socket: Socket, early: Buffer, contentType: string) {
    this.#socket = socket;
    this.#early = early;
    this.contentType = contentType;
    // Until `read` takes over, a reset must not become an uncaught error.
    socket.on('error', () => {});
  }

  /**
   * Hands every chunk to `onData` until the other side ends. Rejects with what `onData` throws and with ENGINE_GONE when
   * the connection breaks. Call once.
   */
  read(onData: (chunk: Buffer) => void): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const take = (chunk: Buffer): void => {
        try {
          onData(chunk);
        } catch (error) {
          reject(error);
          socket.destroy();
        }
      };
      socket.on('data', take);
      socket.on('end', resolve);
      socket.on('error', (cause) => reject(fail('ENGINE_GONE', `the stream broke: ${cause.message}`, { cause })));
      socket.on('close', () => resolve());
      if (this.#early.length > 0) take(this.#early);
      this.#early = Buffer.alloc(0);
      socket.resume();
    });
  }

  /** Sends bytes; false asks the caller to wait for `drained`. */
  write(chunk: Uint8Array): boolean {
    return this.#socket.writable ? this.#socket.write(chunk) : true;
  }

  /** Resolves when more can be written, or when the connection has ended. */
  drained(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
      if (socket.destroyed || !socket.writableNeedDrain) done();
    });
  }

  /** Ends our direction only: the container's input is at its end, its output goes on. */
  closeWrite(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }
}
