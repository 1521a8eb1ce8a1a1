import { type Logger, messageOf } from '@wharf/kit';
import type { Sandbox } from './sandbox.ts';

/** Makes and unmakes the sandboxes of one class, network end and control group included. */
export interface SandboxFactory<Item> {
  make(): Promise<Item>;
  unmake(item: Item): Promise<void>;
  sandboxOf(item: Item): Sandbox;
}

/**
 * Keeps a few sandboxes of one class parked. Taking one is immediate; the pool fills up again afterwards, one at a
 * time, so that it never competes with the start that emptied it.
 */
export class SandboxPool<Item> {
  readonly #factory: SandboxFactory<Item>;
  readonly #logger: Logger;
  readonly #size: number;
  readonly #parked: Item[] = [];
  #filling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(factory: SandboxFactory<Item>, options: { readonly size: number; readonly logger: Logger }) {
    this.#factory = factory;
    this.#size = options.size;
    this.#logger = options.logger;
  }

  /** A parked sandbox that is still alive, or a new one. */
  async take(): Promise<Item> {
    this.refillSoon();
    for (let item = this.#parked.shift(); item; item = this.#parked.shift()) {
      if (this.#factory.sandboxOf(item).cell.alive) return item;
      await this.#unmake(item);
    }
    return this.#factory.make();
  }

  /** Fills the pool when the engine has had a moment of quiet. */
  refillSoon(delay = 30): void {
    if (this.#closed || this.#size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#filling ??= this.#fill().finally(() => {
        this.#filling = undefined;
      });
    }, delay);
    this.#timer.unref();
  }

  async #fill(): Promise<void> {
    while (!this.#closed && this.#parked.length < this.#size) {
      try {
        this.#parked.push(await this.#factory.make());
      } catch (error) {
        this.#logger.warn('cannot park a sandbox', { error: messageOf(error) });
        return;
      }
    }
  }

  /** Ends all parked sandboxes and parks no more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#filling;
    await Promise.all(this.#parked.splice(0).map((item) => this.#unmake(item)));
  }

  /** What cannot be torn down is told, and is the next start's to reconcile; it must not fail whoever wants a sandbox. */
  async #unmake(item: Item): Promise<void> {
    try {
      await this.#factory.unmake(item);
    } catch (error) {
      this.#logger.warn('cannot tear a parked sandbox down', { error: messageOf(error) });
    }
  }
}
