import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { errnoOf, processStat } from '@wharf/kit';
import { fail } from './errors.ts';

/** Start time of a living process, see ProcessStat. One that only waits for its parent owns nothing any more. */
export function startTime(pid: number): string | undefined {
  const stat = processStat(pid);
  return stat?.state === 'Z' ? undefined : stat?.start;
}

/** Takes a data root for this process, see lockFor. */
export function lockDataRoot(path: string, dataRoot: string): () => void {
  return lockFor(path, `the data root ${dataRoot}`, '--data-root');
}

/**
 * Takes something (`what`, chosen by the flag `option`) for this process; returns the function that gives it back. A
 * lock whose owner is gone (killed, or from before a reboot) is taken over. Throws ENGINE_RUNNING.
 */
export function lockFor(path: string, what: string, option: string): () => void {
  const mine = `${process.pid} ${startTime(process.pid) ?? ''}\n`;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const fd = openSync(path, 'wx', 0o600);
      writeSync(fd, mine);
      closeSync(fd);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST' || attempt > 2) throw error;
      const [pid = '', started = ''] = readFileSync(path, 'utf8').trim().split(' ');
      if (started !== '' && startTime(Number(pid)) === started) {
        throw fail(
          'ENGINE_RUNNING',
          `another engine (process ${pid}) uses ${what}: stop it, or choose another ${option}`,
        );
      }
      rmSync(path, { force: true });
    }
  }
}
