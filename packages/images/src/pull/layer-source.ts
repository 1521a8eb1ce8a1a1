import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { isKind, messageOf } from '@wharf/kit';
import type { Descriptor } from '@wharf/spec';
import { fail } from '../errors.ts';
import { cancelled, throwIfCancelled, unlessCancelled } from './cancel.ts';

/** Opens the blob from `offset` on; the stream may begin earlier, and says where. */
export type OpenBlob = (
  offset: number,
  signal: AbortSignal,
) => Promise<{ readonly stream: Readable; readonly offset: number }>;

export interface DownloadOptions {
  readonly descriptor: Descriptor;
  readonly open: OpenBlob;
  readonly signal: AbortSignal;
  /** Told the number of bytes so far after each chunk. */
  onProgress(current: number): void;
  /** Told before a pause after a broken connection, in seconds. */
  onRetry(seconds: number): void;
  /** Milliseconds per second of the announced pause; tests turn it down. */
  readonly secondMs?: number;
}

/** As often as Docker tries (max-download-attempts). */
const ATTEMPTS = 5;
const PAUSE_SECONDS = 5;

/**
 * The bytes of a blob, exactly as many as its descriptor says, across broken connections: goes on where the last one
 * ended. Throws IMAGE_VERIFICATION_FAILED for a blob that is longer, LAYER_DOWNLOAD_FAILED, PULL_CANCELLED.
 */
export async function* download(options: DownloadOptions): AsyncGenerator<Uint8Array, void> {
  const { descriptor, open, signal } = options;
  let received = 0;
  for (let attempt = 1; ; attempt += 1) {
    throwIfCancelled(signal);
    const { stream, offset } = await unlessCancelled(open(received, signal), signal, (late) => giveUp(late.stream));
    let problem: unknown;
    let skip = received - offset;
    try {
      for await (const chunk of pieces(stream, signal)) {
        const fresh = skip > 0 ? chunk.subarray(Math.min(skip, chunk.length)) : chunk;
        skip -= Math.min(skip, chunk.length);
        if (fresh.length === 0) continue;
        received += fresh.length;
        if (received > descriptor.size) throw tooLong(descriptor);
        yield fresh;
        options.onProgress(received);
      }
    } catch (error) {
      throwIfCancelled(signal);
      if (isKind(error, 'data_loss')) throw error;
      problem = error;
    }
    if (received === descriptor.size) return;
    throwIfCancelled(signal);
    if (attempt >= ATTEMPTS) throw brokenOff(descriptor, problem);
    await pause(attempt * PAUSE_SECONDS, options);
  }
}

/**
 * The stream's chunks, until the signal aborts. Destroying a stream does not always end an iteration over it: one that is
 * made of a generator closes only when the generator has come to its next step, which may be never.
 */
async function* pieces(stream: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  try {
    const iterator = stream[Symbol.asyncIterator]();
    for (;;) {
      const next = await unlessCancelled(iterator.next(), signal);
      if (next.done) return;
      yield next.value as Uint8Array;
    }
  } finally {
    giveUp(stream);
  }
}

/** Gives a stream up; nobody is there to hear of its errors any more. */
function giveUp(stream: Readable): void {
  stream.on('error', () => {});
  stream.destroy();
}

function tooLong(descriptor: Descriptor): Error {
  const message = `filesystem layer verification failed for digest ${descriptor.digest}: more than ${descriptor.size} bytes`;
  return fail('IMAGE_VERIFICATION_FAILED', message);
}

function brokenOff(descriptor: Descriptor, cause: unknown): Error {
  const why = cause === undefined ? 'unexpected EOF' : messageOf(cause);
  return fail('LAYER_DOWNLOAD_FAILED', why, { cause, details: { digest: descriptor.digest } });
}

/** Counts the pause down, as Docker does. */
async function pause(seconds: number, { signal, onRetry, secondMs = 1_000 }: DownloadOptions): Promise<void> {
  for (let left = seconds; left > 0; left -= 1) {
    onRetry(left);
    await sleep(secondMs, undefined, { signal }).catch(() => {
      throw cancelled(signal);
    });
  }
}
