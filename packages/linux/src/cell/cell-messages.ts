import type { CellFailure } from '../program/op-runner.ts';

/** What a cell says, one JSON line each. */
export type CellMessage =
  | { readonly event: 'done' }
  | { readonly event: 'child'; readonly pid: number }
  | { readonly event: 'running'; readonly pid: number }
  | { readonly event: 'exited'; readonly code: number; readonly signal: number; readonly oom: number }
  | { readonly event: 'sealed'; readonly fd: number }
  | { readonly event: 'answer'; readonly hex: string }
  | ({ readonly event: 'failed' } & CellFailure);

/** Cuts a byte stream into the cell's JSON lines. A line is bounded by what a netlink answer can be. */
export class CellLines {
  #rest = '';

  /** The messages that are complete with this chunk. Throws SyntaxError on anything that is not a cell's. */
  push(chunk: Buffer): CellMessage[] {
    const text = this.#rest + chunk.toString('latin1');
    const lines = text.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map((line) => JSON.parse(line) as CellMessage);
  }
}
