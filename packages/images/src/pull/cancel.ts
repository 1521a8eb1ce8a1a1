import { fail } from '../errors.ts';

/** The error of a pull that was given up. */
export function cancelled(signal?: AbortSignal): Error {
  return fail('PULL_CANCELLED', 'context canceled', signal?.aborted ? { cause: signal.reason } : {});
}

/** Throws PULL_CANCELLED when the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

/**
 * What the promise gives, or PULL_CANCELLED as soon as the signal aborts, whether or not the promise ever settles. `late`
 * gets a value that then still comes. A listener for each wait, not one promise to race with: that one would keep the
 * values of all races before it.
 */
export async function unlessCancelled<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  late: (value: T) => void = () => {},
): Promise<T> {
  if (!signal) return await promise;
  let leave = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => {
      reject(cancelled(signal));
      promise.then(late, () => {});
    };
  });
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
