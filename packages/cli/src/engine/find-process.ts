import { readFileSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(errnoOf(error) ?? '')) return '';
    throw error;
  }
}

/** When a process started, in clock ticks since boot (proc_pid_stat(5), field 22). */
function startTime(pid: string): string | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

/**
 * The engine that holds the lock of a data root (process id and start time, so that a number that was given to another
 * process since does not count).
 */
export function findEngineProcess(lockFile: string): number | undefined {
  const [pid = '', started = ''] = readIfThere(lockFile).trim().split(' ');
  return /^\d+$/.test(pid) && started !== '' && startTime(pid) === started ? Number(pid) : undefined;
}
