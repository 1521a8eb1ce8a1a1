import { type Clock, type Logger, messageOf } from '@wharf/kit';
import type { ContainerRecord } from './record.ts';

const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;
/** A container that ran this long is healthy again: the delay starts from the beginning. */
const STABLE = 10_000;

export interface RestartPoliciesOptions {
  readonly start: (record: ContainerRecord) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Decides who is started again, and after which delay: 100 ms, doubled every time, at most a minute (as Docker's). The
 * delay is in the record, so that an engine that comes after this one goes on with it.
 */
export class RestartPolicies {
  readonly #options: RestartPoliciesOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #begun = false;
  #closed = false;

  constructor(options: RestartPoliciesOptions) {
    this.#options = options;
  }

  /** Whether a container that just ended is to be started again; then its delay is set. The state says already that it ended. */
  decide(record: ContainerRecord, exitCode: number): boolean {
    if (this.#closed || record.stoppedByUser || !isWanted(record, exitCode)) return false;
    const { startedAt, finishedAt } = record.state;
    const ran = Date.parse(finishedAt) - Date.parse(startedAt);
    const before = ran >= STABLE ? 0 : (record.restartDelay ?? 0);
    record.restartDelay = before === 0 ? FIRST_DELAY : Math.min(before * 2, LONGEST_DELAY);
    return true;
  }

  /** Nothing is scheduled before: an engine that starts must have cleared up first. */
  begin(): void {
    this.#begun = true;
  }

  /** Starts the container when its delay since its end is over. Nothing happens when that is under way already. */
  schedule(record: ContainerRecord): void {
    if (!this.#begun || this.#closed || this.#timers.has(record.id)) return;
    const { restartDelay: delay = FIRST_DELAY, state } = record;
    const left = Date.parse(state.finishedAt) + delay - this.#options.clock.now();
    const timer = setTimeout(
      () => {
        this.#timers.delete(record.id);
        this.#options
          .start(record)
          .catch((error: unknown) =>
            this.#options.logger.warn('restart failed', { container: record.id, error: messageOf(error) }),
          );
      },
      Math.min(Math.max(left, 0), delay),
    );
    timer.unref();
    this.#timers.set(record.id, timer);
  }

  /** Forgets a container's pending restart. */
  cancel(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

function isWanted({ hostConfig, restartCount }: ContainerRecord, exitCode: number): boolean {
  const { Name = 'no', MaximumRetryCount = 0 } = hostConfig.RestartPolicy ?? {};
  if (Name === 'always' || Name === 'unless-stopped') return true;
  if (Name !== 'on-failure' || exitCode === 0) return false;
  return MaximumRetryCount === 0 || restartCount < MaximumRetryCount;
}
