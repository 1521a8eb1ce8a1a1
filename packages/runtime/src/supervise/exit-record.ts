import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '@wharf/kit';
import type { CellEnd } from '@wharf/linux';

/** How a container's first process ended, as its cell recorded it. */
export interface ExitRecord {
  /** Exit code as shells show it: 128 + signal for a killed process. */
  readonly code: number;
  readonly signal: number;
  /** Processes of the container that the kernel killed for want of memory. */
  readonly oomKills: number;
  /** Nanoseconds since 1970. */
  readonly at: bigint;
}

/** The record that a cell's words of the end amount to. */
export function recordOf({ code, signal, oom, at }: CellEnd): ExitRecord {
  return { code, signal, oomKills: oom, at: BigInt(at) };
}

/** The record in a cell's directory; undefined while there is none, or none that is whole (after a power loss). */
export function readExitRecord(directory: string): ExitRecord | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, 'exit'), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const fields = /^\{"code":(\d{1,10}),"signal":(\d{1,10}),"oom":(\d{1,20}),"at":"(\d{1,20})"\}\n$/.exec(text);
  if (!fields) return undefined;
  return recordOf({
    code: Number(fields[1]),
    signal: Number(fields[2]),
    oom: Number(fields[3]),
    at: fields[4] ?? '0',
  });
}
