import { type FSWatcher, watch } from 'node:fs';
import type { Logger } from '@wharf/kit';
import type { EventService } from '../events/event-service.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import { eventAttributes } from './attributes.ts';
import type { ContainerRecord } from './record.ts';
import { saveOrLog } from './save-or-log.ts';
import type { ContainerStore } from './store.ts';

interface Watched {
  readonly watcher: FSWatcher;
  /** Kills that are known to everybody. */
  told: number;
}

/**
 * Tells of processes that the kernel kills for lack of memory while their container lives on: in cgroup v2 a change of
 * memory.events is a change of a file like any other. In v1 such kills are told at the container's end.
 */
export class OomWatch {
  readonly #cgroups: MachineCgroups;
  readonly #store: ContainerStore;
  readonly #events: EventService;
  readonly #logger: Logger;
  readonly #watched = new Map<string, Watched>();

  constructor(options: {
    readonly cgroups: MachineCgroups;
    readonly store: ContainerStore;
    readonly events: EventService;
    readonly logger: Logger;
  }) {
    this.#cgroups = options.cgroups;
    this.#store = options.store;
    this.#events = options.events;
    this.#logger = options.logger;
  }

  /** From now on until `end`. A group that is gone already, or a kernel without room for a watch, is no failure. */
  begin(record: ContainerRecord): void {
    const path = this.#cgroups.memoryEvents(record.sandbox);
    if (path === undefined || this.#watched.has(record.id)) return;
    try {
      const watcher = watch(path, { persistent: false }, () => this.#look(record));
      watcher.on('error', () => watcher.close());
      const told = record.state.oomKilled ? this.#kills(record) : 0;
      this.#watched.set(record.id, { watcher, told });
    } catch {
      return;
    }
    this.#look(record);
  }

  /** Ends the watch; gives how many kills were told. */
  end(record: ContainerRecord): number {
    const watched = this.#watched.get(record.id);
    this.#watched.delete(record.id);
    watched?.watcher.close();
    return watched?.told ?? 0;
  }

  #kills({ sandbox }: ContainerRecord): number {
    return this.#cgroups.limitsHit(sandbox).oomKills;
  }

  #look(record: ContainerRecord): void {
    const watched = this.#watched.get(record.id);
    if (watched === undefined) return;
    const kills = this.#kills(record);
    if (kills <= watched.told) return;
    watched.told = kills;
    record.state.oomKilled = true;
    saveOrLog({ store: this.#store, logger: this.#logger }, record);
    this.#events.publish('container', 'oom', record.id, eventAttributes(record));
  }
}
