import { cancelled } from './cancel.ts';

/** A limited number of things at a time, first come, first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a slot; `onWait` is called when there is none yet. Returns what gives it back. */
  async take(signal: AbortSignal | undefined, onWait: () => void): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else {
      onWait();
      await this.#queue(signal);
    }
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }

  async #queue(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(cancelled(signal));
      };
      this.#waiting.push(turn);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
    });
  }
}
