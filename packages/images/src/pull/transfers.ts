import type { PullEvent } from '../types.ts';
import { cancelled, throwIfCancelled } from './cancel.ts';

export type Listener = (event: PullEvent) => void;

/** What does the work: told when nobody wants it any more, and whom to report to. */
export type Work<T> = (context: { readonly signal: AbortSignal; readonly report: Listener }) => Promise<T>;

interface Transfer<T> {
  readonly listeners: Set<Listener>;
  readonly controller: AbortController;
  readonly result: Promise<T>;
  last: PullEvent | undefined;
  watchers: number;
}

/** Work that several pulls want at once and that is done once. It is cancelled when the last of them has left. */
export class Transfers<T> {
  readonly #running = new Map<string, Transfer<T>>();
  /** Given up, but not cleaned up yet: the same work must not begin on top of that. */
  readonly #ending = new Map<string, Promise<void>>();

  /** Joins the work for `key`, or begins it. Rejects with PULL_CANCELLED when `signal` aborts. */
  async join(key: string, signal: AbortSignal | undefined, listener: Listener, work: Work<T>): Promise<T> {
    const transfer = this.#running.get(key) ?? this.#begin(key, work);
    transfer.watchers += 1;
    transfer.listeners.add(listener);
    if (transfer.last) listener(transfer.last);
    let leave = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(cancelled(signal));
    });
    signal?.addEventListener('abort', leave);
    if (signal?.aborted) leave();
    try {
      return await Promise.race([transfer.result, left]);
    } finally {
      signal?.removeEventListener('abort', leave);
      transfer.listeners.delete(listener);
      transfer.watchers -= 1;
      if (transfer.watchers === 0) await this.#end(key, transfer);
    }
  }

  #begin(key: string, work: Work<T>): Transfer<T> {
    const controller = new AbortController();
    const listeners = new Set<Listener>();
    const report = (event: PullEvent) => {
      transfer.last = event;
      for (const listener of [...listeners]) listener(event);
    };
    const before = this.#ending.get(key) ?? Promise.resolve();
    const result = before.then(() => {
      throwIfCancelled(controller.signal);
      return work({ signal: controller.signal, report });
    });
    result.catch(() => {});
    const transfer: Transfer<T> = { listeners, controller, result, last: undefined, watchers: 0 };
    this.#running.set(key, transfer);
    return transfer;
  }

  /** Nobody waits any more: stops the work if it still runs, and waits until it has cleaned up. */
  async #end(key: string, transfer: Transfer<T>): Promise<void> {
    if (this.#running.get(key) === transfer) this.#running.delete(key);
    transfer.controller.abort();
    const ended = transfer.result.then(
      () => {},
      () => {},
    );
    this.#ending.set(key, ended);
    await ended;
    if (this.#ending.get(key) === ended) this.#ending.delete(key);
  }
}
