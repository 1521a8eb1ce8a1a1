import { readFileSync } from 'node:fs';
import { errnoOf } from './errors.ts';

/** What /proc/PID/stat tells of a process (proc_pid_stat(5)). */
export interface ProcessStat {
  /** One letter; `Z` has ended and waits for its parent to hear of it, `X` is gone. */
  readonly state: string;
  readonly parent: number;
  /** When it started, in clock ticks since boot: together with its ID what no other process ever has. */
  readonly start: string;
}

/** Undefined when there is no such process. */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before is in parentheses and may itself have any characters.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]), start: fields[19] ?? '' };
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
