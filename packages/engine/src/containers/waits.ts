import type { ContainerWaitResponse } from '@wharf/spec';
import { fail } from '../errors.ts';

type Moment = 'exit' | 'removed';

interface Waiter {
  readonly moment: Moment;
  resolve(response: ContainerWaitResponse): void;
}

/** Who waits for which container to end or to be removed. */
export class Waits {
  readonly #waiters = new Map<string, Set<Waiter>>();

  /** Resolves at the next such moment of the container; rejects with WAIT_CANCELLED when the signal aborts. */
  next(id: string, moment: Moment, signal: AbortSignal | undefined): Promise<ContainerWaitResponse> {
    return new Promise((resolve, reject) => {
      const set = this.#waiters.get(id) ?? new Set();
      this.#waiters.set(id, set);
      const waiter: Waiter = { moment, resolve };
      set.add(waiter);
      const cancel = () => {
        set.delete(waiter);
        if (set.size === 0 && this.#waiters.get(id) === set) this.#waiters.delete(id);
        reject(fail('WAIT_CANCELLED', 'the client that waited is gone'));
      };
      if (signal?.aborted) cancel();
      else signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  /** The moment has come. A removed container has also exited for those who wait for that. */
  tell(id: string, moment: Moment, response: ContainerWaitResponse): void {
    const set = this.#waiters.get(id);
    if (!set) return;
    for (const waiter of [...set]) {
      if (waiter.moment !== moment && moment !== 'removed') continue;
      set.delete(waiter);
      waiter.resolve(response);
    }
    if (set.size === 0) this.#waiters.delete(id);
  }
}
