import { spawnSync } from 'node:child_process';
import { fail } from './errors.ts';

/** One command of a benchmark. */
export interface Work {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Throw away what it prints, which is too much to keep. */
  readonly discard?: boolean;
}

/** Runs a command that must succeed, and gives how long it took in milliseconds, its own start included. */
export function timed(work: Work): number {
  const [program = '', ...args] = work.argv;
  const started = performance.now();
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...work.env },
    stdio: ['ignore', work.discard ? 'ignore' : 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const took = performance.now() - started;
  if (result.status !== 0) {
    throw fail(
      'BENCH_COMMAND_FAILED',
      `${work.argv.join(' ')} ended with ${result.status ?? result.signal}:\n${result.stderr}`,
    );
  }
  return took;
}

/** Runs each piece of work `iterations` times, taking turns, so that what else the machine does hits all alike. */
export function takingTurns(works: readonly Work[], iterations: number): number[][] {
  const times: number[][] = works.map(() => []);
  for (const work of works) timed(work);
  for (let round = 0; round < iterations; round += 1) {
    for (const at of works.keys()) {
      const index = (at + round) % works.length;
      const work = works[index];
      if (work !== undefined) times[index]?.push(timed(work));
    }
  }
  return times;
}
