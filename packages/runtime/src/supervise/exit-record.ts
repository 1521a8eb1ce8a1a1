import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '@wharf/kit';

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

/** The record in a cell's directory; undefined while there is none. */
export function readExitRecord(directory: string): ExitRecord | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, 'exit'), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const { code, signal, oom, at } = JSON.parse(text) as Record<string, number | string>;
  return { code: Number(code), signal: Number(signal), oomKills: Number(oom), at: BigInt(at ?? 0) };
}
