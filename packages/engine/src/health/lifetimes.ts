import { type Clock, isCode, type Logger, messageOf } from '@wharf/kit';
import type { ContainerRecord } from '../containers/record.ts';
import type { ContainerStore } from '../containers/store.ts';
import type { EventService } from '../events/event-service.ts';

const LONGEST_TIMER = 2 ** 31 - 1;
const MILLISECOND = 1e6;

export interface LifetimesOptions {
  readonly store: Pick<ContainerStore, 'find' | 'all'>;
  readonly events: Pick<EventService, 'subscribe'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Stops a container whose time is over. */
  readonly onOver: (record: ContainerRecord) => Promise<void>;
}

/** Stops containers that have run as long as --timeout lets them, counted from their start whichever engine started them. */
export class Lifetimes {
  readonly #options: LifetimesOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(options: LifetimesOptions) {
    this.#options = options;
    options.events.subscribe(({ Type, Action, Actor }) => {
      if (Type !== 'container') return;
      if (Action === 'die') this.#forget(Actor.ID);
      const record = Action === 'start' ? options.store.find(Actor.ID) : undefined;
      if (record) this.#watch(record);
    });
  }

  /** After a restart of the engine: the times of what runs go on; those that are over end now. */
  resume(): void {
    for (const record of this.#options.store.all()) if (record.state.status === 'running') this.#watch(record);
  }

  #watch(record: ContainerRecord): void {
    this.#forget(record.id);
    const allowed = (record.wharf?.Timeout ?? 0) / MILLISECOND;
    if (allowed === 0) return;
    const left = Date.parse(record.state.startedAt) + allowed - this.#options.clock.now();
    const timer = setTimeout(
      () => (left > LONGEST_TIMER ? this.#watch(record) : this.#over(record)),
      Math.min(Math.max(0, left), LONGEST_TIMER),
    );
    this.#timers.set(record.id, timer);
  }

  #over(record: ContainerRecord): void {
    this.#timers.delete(record.id);
    this.#options.onOver(record).catch((error: unknown) => {
      if (isCode(error, 'ALREADY_STOPPED')) return;
      this.#options.logger.warn('lifetime', { container: record.id, error: messageOf(error) });
    });
  }

  #forget(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** Ends nothing any more. */
  stop(): void {
    for (const id of this.#timers.keys()) this.#forget(id);
  }
}
