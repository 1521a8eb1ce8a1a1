import { readFileSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';

/** Fields of /proc/PID/stat after the name: the state, and when the process was started (ticks since boot). */
function statOf(pid: number): { readonly state: string; readonly start: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', start: fields[19] ?? '' };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

/** When the process was started: with its ID, what no other process has. Empty when it is gone. */
export function startOf(pid: number): string {
  return statOf(pid)?.start ?? '';
}

/** Whether that very process still runs; one that only waits to be reaped does not. */
export function runs(pid: number, start: string): boolean {
  const now = statOf(pid);
  return now !== undefined && now.start === start && now.state !== 'Z' && now.state !== 'X';
}
