import { type Clock, type Logger, messageOf } from '@wharf/kit';
import { eventAttributes } from '../containers/attributes.ts';
import type { ContainerRecord } from '../containers/record.ts';
import { saveOrLog } from '../containers/save-or-log.ts';
import type { ContainerStore } from '../containers/store.ts';
import type { EventService } from '../events/event-service.ts';
import { type HealthPlan, healthPlan, judge, nextDelay } from './health-plan.ts';
import { type ProbeResult, startingHealth } from './health-record.ts';
import type { ProbeRunner } from './probe-runner.ts';

const LONGEST_TIMER = 2 ** 31 - 1;
/** Results that change nothing are written down this often, in milliseconds; after a crash only such are missing. */
const SAVE_EVERY = 10_000;

export interface HealthMonitorOptions {
  readonly store: Pick<ContainerStore, 'find' | 'all' | 'save'>;
  readonly events: Pick<EventService, 'subscribe' | 'publish'>;
  readonly runner: Pick<ProbeRunner, 'run' | 'endOthers'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Does what --health-on-failure says with a container that has just become unhealthy. */
  readonly onUnhealthy: (record: ContainerRecord) => Promise<void>;
}

/** One container whose health is being checked. */
interface Watch {
  readonly record: ContainerRecord;
  readonly plan: HealthPlan;
  readonly abort: AbortController;
  timer: NodeJS.Timeout | undefined;
  savedAt: number;
}

/**
 * Checks the health of running containers: one check of each at a time, the next one an interval after the end of the
 * last. Nothing is checked while a container is paused.
 */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  readonly #watches = new Map<string, Watch>();

  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    options.events.subscribe(({ Type, Action, Actor }) => {
      if (Type === 'container') this.#follow(Action, Actor.ID);
    });
  }

  #follow(action: string, id: string): void {
    if (action !== 'start' && action !== 'die' && action !== 'pause' && action !== 'unpause') return;
    const record = this.#options.store.find(id);
    const plan = record && healthPlan(record.config);
    if (!plan) return;
    if (action === 'start') {
      record.state.health = startingHealth(record.state.health);
      saveOrLog(this.#options, record);
      this.#watch(record, plan, undefined);
    } else if (action === 'unpause') {
      if (record.state.status === 'running') this.#watch(record, plan, undefined);
    } else this.#unwatch(record);
  }

  /** After a restart of the engine: goes on with what runs, in the state that was known, not with all at the same moment. */
  async resume(): Promise<void> {
    for (const record of this.#options.store.all()) {
      const plan = healthPlan(record.config);
      if (!plan || record.state.status !== 'running') continue;
      record.state.health ??= startingHealth(undefined);
      // Nobody reads any more what a check of the engine before this one prints.
      await this.#options.runner.endOthers(record);
      if (!record.state.paused) this.#watch(record, plan, Math.random());
    }
  }

  /** `part`: the share of the delay that is still to wait; undefined for all of it. */
  #watch(record: ContainerRecord, plan: HealthPlan, part: number | undefined): void {
    this.#drop(record.id);
    const watch = { record, plan, abort: new AbortController(), timer: undefined, savedAt: this.#options.clock.now() };
    this.#watches.set(record.id, watch);
    this.#schedule(watch, part ?? 1);
  }

  #schedule(watch: Watch, part: number): void {
    const { record, plan } = watch;
    const { startedAt, health } = record.state;
    const sinceStart = this.#options.clock.now() - Date.parse(startedAt);
    const delay = nextDelay(plan, health?.status ?? 'starting', sinceStart) * part;
    watch.timer = setTimeout(() => void this.#check(watch), Math.min(delay, LONGEST_TIMER));
  }

  async #check(watch: Watch): Promise<void> {
    const { runner, logger } = this.#options;
    try {
      const result = await runner.run(watch.record, watch.plan, watch.abort.signal);
      if (result && !watch.abort.signal.aborted) this.#take(watch, result);
    } catch (error) {
      logger.error('health check', { container: watch.record.id, error: messageOf(error) });
    }
    if (!watch.abort.signal.aborted) this.#schedule(watch, 1);
  }

  #take(watch: Watch, result: ProbeResult): void {
    const { events, clock, logger, onUnhealthy } = this.#options;
    const { record, plan } = watch;
    const before = record.state.health ?? startingHealth(undefined);
    const after = judge(plan, before, result, Date.parse(result.start) - Date.parse(record.state.startedAt));
    record.state.health = after;
    const changed = after.status !== before.status;
    if (changed || result.exitCode !== 0 || clock.now() - watch.savedAt >= SAVE_EVERY) {
      watch.savedAt = clock.now();
      saveOrLog(this.#options, record);
    }
    if (!changed) return;
    events.publish('container', `health_status: ${after.status}`, record.id, eventAttributes(record));
    if (after.status !== 'unhealthy') return;
    onUnhealthy(record).catch((error: unknown) =>
      logger.warn('health-on-failure', { container: record.id, error: messageOf(error) }),
    );
  }

  /** Whose health is not being checked is not healthy: what does not run, and, as with Docker, what is paused. */
  #unwatch(record: ContainerRecord): void {
    this.#drop(record.id);
    if (!record.state.health) return;
    record.state.health = { ...record.state.health, status: 'unhealthy' };
    saveOrLog(this.#options, record);
  }

  #drop(id: string): void {
    const watch = this.#watches.get(id);
    if (!watch) return;
    this.#watches.delete(id);
    clearTimeout(watch.timer);
    watch.abort.abort();
  }

  /** Checks nothing any more; the states stay as they are. */
  stop(): void {
    for (const id of this.#watches.keys()) this.#drop(id);
  }
}
