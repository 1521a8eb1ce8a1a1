import { fail } from '../errors.ts';

/** The error of a pull that was given up. */
export function cancelled(signal?: AbortSignal): Error {
  return fail('PULL_CANCELLED', 'context canceled', signal?.aborted ? { cause: signal.reason } : {});
}

/** Throws PULL_CANCELLED when the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}
