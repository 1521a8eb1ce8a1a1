import { humanSize } from '@wharf/spec';
import type { PullEvent } from '../types.ts';

/** Width of the bar in Docker's progress strings, which are made for a wide terminal. */
const BAR = 50;

/** `[=====>      ]  1.2MB/3.4MB`: the progress string of Docker's JSON messages (jsonmessage, JSONProgress). */
export function progressText(current: number, total: number): string {
  if (current <= 0 && total <= 0) return '';
  if (total <= 0) return humanSize(current).padStart(8);
  const filled = Math.min(BAR, Math.floor(Math.floor((current / total) * 100) / 2));
  const bar = `[${'='.repeat(filled)}>${' '.repeat(BAR - filled)}] `;
  const numbers = current > total ? humanSize(current) : `${humanSize(current).padStart(8)}/${humanSize(total)}`;
  return bar + numbers.padStart(8);
}

/** A message about one layer without numbers. */
export function layerEvent(id: string, status: string): PullEvent {
  return { status, progressDetail: {}, id };
}

/** A message about one layer with numbers, in bytes. */
export function progressEvent(id: string, status: string, current: number, total: number): PullEvent {
  return { status, progressDetail: { current, total }, progress: progressText(current, total), id };
}

/** Milliseconds and bytes between two messages about the same layer, as Docker spaces them. */
const INTERVAL_MS = 100;
const MAX_STEP = 512 * 1024;

/** Lets through few enough messages that a client can follow: not more than one in 100 ms, nor for less than 1 %. */
export class Throttle {
  readonly #now: () => number;
  readonly #step: number;
  #lastTime = Number.NEGATIVE_INFINITY;
  #lastCurrent = 0;

  /** `now` is in milliseconds; `total` in bytes. */
  constructor(now: () => number, total: number) {
    this.#now = now;
    this.#step = Math.min(MAX_STEP, total / 100);
  }

  /** True when a message about `current` bytes should go out. */
  passes(current: number): boolean {
    const now = this.#now();
    if (current - this.#lastCurrent < this.#step || now - this.#lastTime < INTERVAL_MS) return false;
    this.#lastTime = now;
    this.#lastCurrent = current;
    return true;
  }
}
