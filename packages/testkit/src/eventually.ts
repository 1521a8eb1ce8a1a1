import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@wharf/kit';
import { fail } from './errors.ts';

/** How long and how often to try. Milliseconds. */
export interface EventuallyOptions {
  readonly within?: number;
  readonly every?: number;
}

/**
 * Calls `check` until it neither throws nor gives undefined or false, and gives its result. After `within` (10 s unless
 * told) fails with what the last call said. For waiting on the outside world only; it asserts no timing.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + (options.within ?? 10_000);
  for (;;) {
    let last: unknown = 'the condition stayed false';
    try {
      const result = await check();
      if (result !== undefined && result !== false) return result as Exclude<T, undefined | false>;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw fail('TEST_TIMEOUT', `gave up waiting: ${messageOf(last)}`, { cause: last });
    await delay(options.every ?? 25);
  }
}
