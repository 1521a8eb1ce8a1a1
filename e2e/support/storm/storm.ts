import { performance } from 'node:perf_hooks';
import { OPERATIONS, type Operation } from './operations.ts';
import { SeededRandom } from './random.ts';
import { rawRequest } from './raw-request.ts';

export interface StormOptions {
  readonly socket: string;
  /** The same seed makes every client do the same in the same order; how they meet is up to the machine. */
  readonly seed: number;
  readonly clients: number;
  readonly seconds: number;
  /** At most so many operations in all. */
  readonly most: number;
}

export interface StormReport {
  readonly done: number;
  /** How often each operation got each status. */
  readonly statuses: ReadonlyMap<string, number>;
  /** What must not happen: hanging requests, broken connections, failures of the engine's own. */
  readonly failures: readonly string[];
}

const NAMES = Array.from({ length: 24 }, (_, at) => `storm-${at}`);
/** A request that takes longer than this hangs: the longest patience of a stop is 1 s, of a kill 10 s. */
const PATIENCE = 40_000;

/** Docker itself answers 500 to the first; the second is told to whom copied from a container that was removed meanwhile. */
export const FORESEEN = /is not paused|the copy was cancelled: the container is removed/;

const WHEEL = OPERATIONS.flatMap((operation) => Array<Operation>(operation.weight).fill(operation));

/** Lets clients do random things to the same few containers at the same time. */
export async function storm(options: StormOptions): Promise<StormReport> {
  const { socket, seed, clients, seconds, most } = options;
  const statuses = new Map<string, number>();
  const failures: string[] = [];
  const end = performance.now() + seconds * 1000;
  let done = 0;
  const client = async (number: number): Promise<void> => {
    const random = new SeededRandom(seed * 1_000 + number);
    while (performance.now() < end && done < most && failures.length < 20) {
      done += 1;
      const operation = random.pick(WHEEL);
      const name = random.pick(NAMES);
      const ask = async (method: string, path: string, more: Parameters<typeof rawRequest>[3] | object = {}) => {
        const answer = await rawRequest(socket, method, path, { patience: PATIENCE, ...more });
        const key = `${operation.name} ${answer.status}`;
        statuses.set(key, (statuses.get(key) ?? 0) + 1);
        const bad = answer.status >= 500 && answer.status !== 501 && !FORESEEN.test(answer.text);
        const broken = answer.status === 0 && !answer.left;
        if (bad || broken) failures.push(`client ${number}: ${method} ${path}: ${answer.status} ${answer.text.trim()}`);
        return answer;
      };
      try {
        await operation.run({ random, name, ask });
      } catch (error) {
        failures.push(`client ${number}, ${operation.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return { done, statuses, failures };
}
