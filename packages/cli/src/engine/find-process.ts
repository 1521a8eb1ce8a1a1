import { readFileSync } from 'node:fs';
import { errnoOf, processStat } from '@wharf/kit';
import { exitError } from '../errors.ts';

/** Exit status for a state that could not be found out (Linux Standard Base, init scripts). */
const UNKNOWN = 4;

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (errno === 'ENOENT') return '';
    if (errno === 'EACCES')
      throw exitError('permission denied: only root can tell whether the engine is running', UNKNOWN);
    throw error;
  }
}

/**
 * The engine that holds the lock of a data root (process id and start time, so that a number that was given to another
 * process since does not count). Throws COMMAND_FAILED where the caller may not read the lock.
 */
export function findEngineProcess(lockFile: string): number | undefined {
  const [pid = '', started = ''] = readIfThere(lockFile).trim().split(' ');
  return /^\d+$/.test(pid) && started !== '' && processStat(Number(pid))?.start === started ? Number(pid) : undefined;
}
