import { fail } from '../errors.ts';

/** Queued bytes above which the sender is held back. */
const HIGH_WATER = 1 << 20;

/** How a body asks its connection to wait, to go on, and to be dropped. */
export interface BodyControl {
  pause(): void;
  resume(): void;
  /** The reader left before the end: the connection cannot be used again. */
  abandon(): void;
}

/** The bytes of one answer, in order. Iterate once; leaving the loop early closes the connection. */
export class Body implements AsyncIterable<Buffer> {
  readonly #control: BodyControl;
  readonly #chunks: Buffer[] = [];
  #queued = 0;
  #done = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  constructor(control: BodyControl) {
    this.#control = control;
  }

  push(chunk: Buffer): void {
    if (this.#done) return;
    this.#chunks.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued > HIGH_WATER) this.#control.pause();
    this.#wake?.();
  }

  end(error?: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#error = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk) {
          this.#queued -= chunk.length;
          if (this.#queued <= HIGH_WATER) this.#control.resume();
          yield chunk;
        } else if (this.#done) {
          if (this.#error !== undefined) throw this.#error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = undefined;
        }
      }
    } finally {
      if (!this.#done) this.#control.abandon();
    }
  }

  /** All of it. Throws ENGINE_PROTOCOL when it is longer than `limit` bytes. */
  async bytes(limit: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let total = 0;
    for await (const chunk of this) {
      total += chunk.length;
      if (total > limit) throw fail('ENGINE_PROTOCOL', `the engine's answer is longer than ${limit} bytes`);
      parts.push(chunk);
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }
}
