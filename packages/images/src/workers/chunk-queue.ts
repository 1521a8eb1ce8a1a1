import { fail } from '../errors.ts';

/** Chunks on their way from the engine's thread to the unpacker. */
export class ChunkQueue implements AsyncIterable<Uint8Array> {
  readonly #taken: (bytes: number) => void;
  readonly #chunks: Uint8Array[] = [];
  #state: 'open' | 'ended' | 'aborted' = 'open';
  #wake: () => void = () => {};

  /** `taken` is told how many bytes the reader has used up, so that the sender can go on. */
  constructor(taken: (bytes: number) => void) {
    this.#taken = taken;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#wake();
  }

  end(): void {
    this.#state = 'ended';
    this.#wake();
  }

  abort(): void {
    this.#state = 'aborted';
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      if (this.#state === 'aborted') throw fail('PULL_CANCELLED', 'unpacking was cancelled');
      const chunk = this.#chunks.shift();
      if (chunk) {
        yield chunk;
        this.#taken(chunk.length);
      } else if (this.#state === 'ended') {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
