import { fail } from '../errors.ts';
import type { DirectBody } from './direct-body.ts';

/** Filled slots on their way to whoever reads them; a slot is free again when the next one is asked for. */
export class SlotQueue implements AsyncIterable<Uint8Array> {
  readonly #taken: (slot: number) => void;
  readonly #filled: { readonly slot: number; readonly bytes: Uint8Array }[] = [];
  #state: 'open' | 'ended' | 'aborted' = 'open';
  #wake: () => void = () => {};
  #direct: DirectBody | undefined;

  constructor(taken: (slot: number) => void) {
    this.#taken = taken;
  }

  push(slot: number, bytes: Uint8Array): void {
    this.#filled.push({ slot, bytes });
    this.#wake();
  }

  /** Everything comes from here instead. */
  divert(body: DirectBody): void {
    this.#direct = body;
    if (this.#state === 'aborted') body.cancel();
    this.#wake();
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#wake();
  }

  abort(): void {
    this.#state = 'aborted';
    this.#direct?.cancel();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      if (this.#state === 'aborted') throw fail('COPY_CANCELLED', 'the copy was cancelled');
      if (this.#direct) {
        yield* this.#direct;
        return;
      }
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
