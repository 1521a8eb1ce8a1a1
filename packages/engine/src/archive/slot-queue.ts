import { fail } from '../errors.ts';

/** Filled slots on their way to whoever reads them; a slot is free again when the next one is asked for. */
export class SlotQueue implements AsyncIterable<Uint8Array> {
  readonly #taken: (slot: number) => void;
  readonly #filled: { readonly slot: number; readonly bytes: Uint8Array }[] = [];
  #state: 'open' | 'ended' | 'aborted' = 'open';
  #wake: () => void = () => {};

  constructor(taken: (slot: number) => void) {
    this.#taken = taken;
  }

  push(slot: number, bytes: Uint8Array): void {
    this.#filled.push({ slot, bytes });
    this.#wake();
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#wake();
  }

  abort(): void {
    this.#state = 'aborted';
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      if (this.#state === 'aborted') throw fail('COPY_CANCELLED', 'the copy was cancelled');
      const next = this.#filled.shift();
      if (next) {
        yield next.bytes;
        this.#taken(next.slot);
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
