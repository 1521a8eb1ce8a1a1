import { humanSizeWithPrecision } from '@wharf/spec';
import type { Output } from '../framework/streams.ts';

/** How often the shown size is brought up to date (milliseconds). */
const UPDATE = 75;

const SAVE = '\u001b7';
const RESTORE = '\u001b8';
const ERASE_LINE = '\u001b[2K';
const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';

/** Shows on a terminal how much was copied so far. */
export class CopyProgress {
  readonly #output: Output;
  readonly #header: string;
  #total = 0;
  #shown = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Output, header: string) {
    this.#output = output;
    this.#header = header;
  }

  /** Bytes so far, as people read them. */
  get size(): string {
    return humanSizeWithPrecision(this.#total, 3);
  }

  /** Passes chunks on and counts them. */
  async *count<T extends Uint8Array>(chunks: AsyncIterable<T>): AsyncGenerator<T, void> {
    for await (const chunk of chunks) {
      this.#total += chunk.length;
      yield chunk;
    }
  }

  start(): void {
    if (!this.#output.isTerminal) return;
    this.#output.write(`${SAVE}Preparing to copy...${HIDE}${RESTORE}${ERASE_LINE}${this.#header}${this.size}`);
    this.#timer = setInterval(() => this.#update(), UPDATE);
  }

  #update(): void {
    if (this.#total === this.#shown) return;
    this.#shown = this.#total;
    this.#output.write(`${RESTORE}${ERASE_LINE}${this.#header}${this.size}`);
  }

  /** Takes away what was shown. */
  stop(): void {
    if (!this.#output.isTerminal) return;
    clearInterval(this.#timer);
    this.#output.write(`${SHOW}${RESTORE}${ERASE_LINE}`);
  }
}
