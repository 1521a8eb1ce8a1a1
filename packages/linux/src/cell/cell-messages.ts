import type { CellFailure } from '../program/op-runner.ts';

/** How a container's first process ended. */
export interface CellEnd {
  /** Exit code as shells show it: 128 + signal for a killed process. */
  readonly code: number;
  readonly signal: number;
  /** OOM kills in the container. */
  readonly oom: number;
  /** Nanoseconds since 1970, decimal. */
  readonly at: string;
}

/** The longest line that is believed: an answer of 64 KiB in hexadecimal is the longest that a cell says. */
const MAX_LINE = 1024 * 1024;

/** What a cell says, one JSON line each. */
export type CellMessage =
  | { readonly event: 'done' }
  | { readonly event: 'child'; readonly pid: number }
  | { readonly event: 'running'; readonly pid: number }
  | ({ readonly event: 'exited' } & CellEnd)
  | { readonly event: 'sealed'; readonly fd: number }
  | { readonly event: 'answer'; readonly hex: string }
  | ({ readonly event: 'failed' } & CellFailure);

/** Cuts a byte stream into the cell's JSON lines. */
export class CellLines {
  #rest = '';

  /** The messages that are complete with this chunk. Throws SyntaxError or RangeError on anything that is not a cell's. */
  push(chunk: Buffer): CellMessage[] {
    const text = this.#rest + chunk.toString('latin1');
    const lines = text.split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LINE) throw new RangeError('a line of a cell is too long');
    return lines.map((line) => JSON.parse(line) as CellMessage);
  }
}
