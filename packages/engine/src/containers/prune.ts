import { checkFilterNames, type Filters, filterValues, matchesLabels } from '@wharf/spec';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import { untilMillis } from '../until.ts';
import type { ImagePort } from './ports.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerStore } from './store.ts';

export interface PrunerParts {
  readonly store: ContainerStore;
  readonly images: ImagePort;
  readonly events: EventService;
  /** Removes one container that does not run. */
  readonly remove: (record: ContainerRecord) => Promise<void>;
}

/** What a prune of containers took away; bytes of their writable layers. */
export interface ContainersPruned {
  readonly ContainersDeleted: string[] | null;
  readonly SpaceReclaimed: number;
}

/** Removes all containers that do not run. One at a time. */
export class ContainerPruner {
  readonly #parts: PrunerParts;
  #busy = false;

  constructor(parts: PrunerParts) {
    this.#parts = parts;
  }

  /** Throws BAD_CONFIG for filters other than `until`, `label` and `label!`, and PRUNE_RUNNING. `now` in milliseconds. */
  async prune(filters: Filters, now: number, signal: AbortSignal): Promise<ContainersPruned> {
    checkFilterNames(filters, ['label', 'label!', 'until']);
    const passes = pruneFilter(filters, now);
    if (this.#busy) throw fail('PRUNE_RUNNING', 'a prune operation is already running');
    this.#busy = true;
    try {
      return await this.#prune((record) => passes(record.created, record.config.Labels), signal);
    } finally {
      this.#busy = false;
    }
  }

  async #prune(passes: (record: ContainerRecord) => boolean, signal: AbortSignal): Promise<ContainersPruned> {
    const { store, images, events, remove } = this.#parts;
    const deleted: string[] = [];
    let space = 0;
    for (const record of store.all().filter((each) => isIdle(each) && passes(each))) {
      if (signal.aborted) break;
      const { rw } = await images.usage(record.id);
      // It may have been started or removed meanwhile.
      if (!isIdle(record) || !store.has(record)) continue;
      await remove(record);
      space += rw;
      deleted.push(record.id);
    }
    await store.durable();
    events.publish('container', 'prune', '', { reclaimed: String(space) });
    return { ContainersDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: space };
  }
}

function isIdle({ state }: ContainerRecord): boolean {
  return ['created', 'exited', 'dead'].includes(state.status);
}

/**
 * The filters that all prunes have: `until`, `label`, `label!`. `now` in milliseconds. Throws BAD_CONFIG. The function
 * takes a creation time (RFC 3339) and labels.
 */
export function pruneFilter(
  filters: Filters,
  now: number,
): (created: string, labels: Readonly<Record<string, string>> | null | undefined) => boolean {
  const times = filterValues(filters, 'until');
  if (times.length > 1) throw fail('BAD_CONFIG', 'more than one until filter specified');
  const until = times.map((text) => untilMillis(text, now))[0];
  const unwanted = filterValues(filters, 'label!');
  return (created, labels) =>
    (until === undefined || Date.parse(created) <= until) &&
    matchesLabels(filters, 'label', labels) &&
    (unwanted.length === 0 || !matchesLabels(new Map([['label', unwanted]]), 'label', labels));
}
