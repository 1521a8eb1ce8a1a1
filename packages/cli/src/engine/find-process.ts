import { readFileSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';
import { exitError } from '../errors.ts';

/** Exit status for a state that could not be found out (Linux Standard Base, init scripts). */
const UNKNOWN = 4;

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (['ENOENT', 'ESRCH'].includes(errno)) return '';
    if (errno === 'EACCES')
      throw exitError('permission denied: only root can tell whether the engine is running', UNKNOWN);
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
 * process since does not count). Throws COMMAND_FAILED where the caller may not read the lock.
 */
export function findEngineProcess(lockFile: string): number | undefined {
  const [pid = '', started = ''] = readIfThere(lockFile).trim().split(' ');
  return /^\d+$/.test(pid) && started !== '' && startTime(pid) === started ? Number(pid) : undefined;
}
