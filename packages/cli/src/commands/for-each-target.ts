import { isCode, messageOf } from '@wharf/kit';
import { exitError } from '../errors.ts';

/**
 * Does the same to every argument, one after the other, and goes on after a failure. Throws one error with all
 * messages, a line each, at the end; an unreachable engine or a closed output ends it at once.
 */
export async function forEachTarget(
  targets: readonly string[],
  work: (target: string) => Promise<void>,
): Promise<void> {
  const failures: string[] = [];
  for (const target of targets) {
    try {
      await work(target);
    } catch (error) {
      if (isCode(error, 'ENGINE_UNREACHABLE') || isCode(error, 'OUTPUT_CLOSED')) throw error;
      failures.push(messageOf(error));
    }
  }
  if (failures.length > 0) throw exitError(failures.join('\n'), 1);
}
