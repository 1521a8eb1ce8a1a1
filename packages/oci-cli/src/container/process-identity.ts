import { processStat } from '@wharf/kit';

/** When the process was started: with its ID, what no other process has. Empty when it is gone. */
export function startOf(pid: number): string {
  return processStat(pid)?.start ?? '';
}

/** Whether that very process still runs; one that only waits to be reaped does not. */
export function runs(pid: number, start: string): boolean {
  const now = processStat(pid);
  return now !== undefined && now.start === start && now.state !== 'Z' && now.state !== 'X';
}
