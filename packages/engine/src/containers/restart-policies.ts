import { type Logger, messageOf } from '@wharf/kit';
import type { ContainerRecord } from './record.ts';

const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;
/** A container that ran this long is healthy again: the delay starts from the beginning. */
const STABLE = 10_000;

/** Decides who is started again, and after which delay: 100 ms, doubled every time, at most a minute (as Docker's). */
export class RestartPolicies {
  readonly #start: (record: ContainerRecord) => Promise<void>;
  readonly #logger: Logger;
  readonly #delays = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #closed = false;

  constructor(start: (record: ContainerRecord) => Promise<void>, logger: Logger) {
    this.#start = start;
    this.#logger = logger;
  }

  /** Whether a container that just ended is to be started again. */
  decide(record: ContainerRecord, exitCode: number): boolean {
    if (this.#closed || record.stoppedByUser) return false;
    const { Name = 'no', MaximumRetryCount = 0 } = record.hostConfig.RestartPolicy ?? {};
    if (Name === 'always' || Name === 'unless-stopped') return true;
    if (Name !== 'on-failure' || exitCode === 0) return false;
    return MaximumRetryCount === 0 || record.restartCount < MaximumRetryCount;
  }

  /** Starts the container after its delay. */
  schedule(record: ContainerRecord): void {
    if (this.#closed) return;
    const ran = Date.parse(record.state.finishedAt) - Date.parse(record.state.startedAt);
    const before = ran >= STABLE ? 0 : (this.#delays.get(record.id) ?? 0);
    const delay = before === 0 ? FIRST_DELAY : Math.min(before * 2, LONGEST_DELAY);
    this.#delays.set(record.id, delay);
    const timer = setTimeout(() => {
      this.#timers.delete(record.id);
      this.#start(record).catch((error: unknown) =>
        this.#logger.warn('restart failed', { container: record.id, error: messageOf(error) }),
      );
    }, delay);
    timer.unref();
    this.#timers.set(record.id, timer);
  }

  /** Forgets a container's pending restart and its delay. */
  cancel(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#delays.delete(id);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
