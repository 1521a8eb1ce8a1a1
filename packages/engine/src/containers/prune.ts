import { isKind } from '@wharf/kit';
import { checkFilterNames, type Filters, filterValues, matchesLabels } from '@wharf/spec';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import type { ContainerSizes } from '../system/container-sizes.ts';
import { untilMillis } from '../until.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerStore } from './store.ts';

export interface PrunerParts {
  readonly store: ContainerStore;
  readonly sizes: ContainerSizes;
  readonly events: EventService;
  /** Removes one container that does not run. */
  readonly remove: (record: ContainerRecord) => Promise<void>;
}

/** How a prune is done: until its client leaves; or not at all, only told. */
export interface PruneHow {
  readonly signal: AbortSignal;
  readonly dryRun: boolean;
  /** IDs of containers that a dry run takes for gone. */
  readonly without?: ReadonlySet<string>;
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

  /** What a prune would take now. Throws as `prune`. */
  candidates(filters: Filters, now: number): ContainerRecord[] {
    checkFilterNames(filters, ['label', 'label!', 'until']);
    const passes = pruneFilter(filters, now);
    return this.#parts.store.all().filter((record) => isIdle(record) && passes(record.created, record.config.Labels));
  }

  /**
   * With `dryRun` only tells what would go. Throws BAD_CONFIG for filters other than `until`, `label` and `label!`, and
   * PRUNE_RUNNING. `now` in milliseconds.
   */
  async prune(filters: Filters, now: number, how: PruneHow): Promise<ContainersPruned> {
    const chosen = this.candidates(filters, now);
    if (how.dryRun) return this.#preview(chosen);
    if (this.#busy) throw fail('PRUNE_RUNNING', 'a prune operation is already running');
    this.#busy = true;
    try {
      return await this.#prune(chosen, how.signal);
    } finally {
      this.#busy = false;
    }
  }

  async #preview(chosen: readonly ContainerRecord[]): Promise<ContainersPruned> {
    const { store, sizes } = this.#parts;
    const counted = await Promise.all(chosen.map(({ id }) => sizes.usage(id).catch(() => ({ rw: 0 }))));
    // One that was removed meanwhile has no size, and need not go any more.
    const going = chosen.flatMap((record, at) => (store.has(record) ? [{ id: record.id, at }] : []));
    const space = going.reduce((sum, { at }) => sum + (counted[at]?.rw ?? 0), 0);
    return { ContainersDeleted: going.length > 0 ? going.map(({ id }) => id) : null, SpaceReclaimed: space };
  }

  async #prune(chosen: readonly ContainerRecord[], signal: AbortSignal): Promise<ContainersPruned> {
    const { store, sizes, events, remove } = this.#parts;
    const deleted: string[] = [];
    let space = 0;
    for (const record of chosen) {
      if (signal.aborted) break;
      // It may have been started or removed meanwhile.
      if (!isIdle(record) || !store.has(record)) continue;
      const rw = await sizeOf(sizes, record.id);
      if (rw === undefined || !isIdle(record) || !store.has(record)) continue;
      await remove(record);
      space += rw;
      deleted.push(record.id);
    }
    await store.durable();
    events.publish('container', 'prune', '', { reclaimed: String(space) });
    return { ContainersDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: space };
  }
}

/** Bytes; undefined when the container was removed meanwhile. */
async function sizeOf(sizes: ContainerSizes, id: string): Promise<number | undefined> {
  try {
    return (await sizes.usage(id)).rw;
  } catch (error) {
    if (isKind(error, 'not_found')) return undefined;
    throw error;
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
