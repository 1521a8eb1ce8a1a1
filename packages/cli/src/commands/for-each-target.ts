import { isCode, messageOf } from '@wharf/kit';
import { exitError } from '../errors.ts';

/** Requests under way at the same time. */
const PARALLEL = 50;

/** Failures that are not about one target: everything else would fail the same way. */
function endsAll(error: unknown): boolean {
  return isCode(error, 'ENGINE_UNREACHABLE') || isCode(error, 'OUTPUT_CLOSED');
}

/**
 * Does the same to every argument, `parallel` at a time, and goes on after a failure. `report` is called with each
 * result in the order of the arguments. Throws one error with all messages, a line each, at the end.
 */
export async function forEachTarget<T>(
  targets: readonly string[],
  work: (target: string) => Promise<T>,
  report: (target: string, result: T) => void,
  parallel: number = PARALLEL,
): Promise<void> {
  const started: Promise<{ result: T } | { error: unknown }>[] = [];
  const start = (at: number): void => {
    const target = targets[at];
    if (target === undefined) return;
    started[at] = work(target).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
  };
  for (let at = 0; at < parallel; at += 1) start(at);
  const failures: string[] = [];
  for (const [at, target] of targets.entries()) {
    const outcome = await started[at];
    if (outcome && 'result' in outcome) report(target, outcome.result);
    else if (outcome && endsAll(outcome.error)) throw outcome.error;
    else if (outcome) failures.push(messageOf(outcome.error));
    start(at + parallel);
  }
  if (failures.length > 0) throw exitError(failures.join('\n'), 1);
}

/** The name as the API takes it: without the slash that listings show. */
export function containerId(target: string): string {
  const id = target.replace(/^\//, '');
  if (id === '') throw exitError('container name cannot be empty', 1);
  return id;
}
