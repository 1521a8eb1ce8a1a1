import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import { eventAttributes } from './attributes.ts';
import type { ContainerLifecycle } from './lifecycle.ts';
import type { ImagePort } from './ports.ts';
import type { ContainerRecord } from './record.ts';
import type { RuntimeTable } from './runtime-table.ts';
import type { ContainerStarter } from './starter.ts';
import type { ContainerStore } from './store.ts';
import type { Waits } from './waits.ts';

export interface RemoverOptions {
  readonly store: ContainerStore;
  readonly table: RuntimeTable;
  readonly images: ImagePort;
  readonly starter: ContainerStarter;
  readonly events: EventService;
  readonly waits: Waits;
}

/** Removes containers: the record first, so that a crash leaves files for the next start to clear, never a half container. */
export class ContainerRemover {
  readonly #options: RemoverOptions;

  constructor(options: RemoverOptions) {
    this.#options = options;
  }

  /** Throws STILL_RUNNING unless forced, REMOVAL_IN_PROGRESS. */
  async remove(record: ContainerRecord, force: boolean, lifecycle: ContainerLifecycle): Promise<void> {
    if (record.state.status === 'removing') {
      throw fail('REMOVAL_IN_PROGRESS', `removal of container ${record.name} is already in progress`);
    }
    if (record.state.status === 'running' || record.state.status === 'restarting') {
      if (!force) {
        const why = record.state.paused
          ? 'container is paused and must be unpaused first'
          : `container is ${record.state.status}: stop the container before removing or force remove`;
        throw fail('STILL_RUNNING', `cannot remove container "${record.name}": ${why}`);
      }
      await lifecycle.endForRemoval(record);
    }
    await lifecycle.exclusive(record, async () => this.#remove(record));
    // Removal of a --rm container may have been quicker.
  }

  /** Removes a container that does not run. Nothing happens when it is gone already. */
  removeEnded(record: ContainerRecord): Promise<void> {
    this.#remove(record);
    return Promise.resolve();
  }

  #remove(record: ContainerRecord): void {
    const { store, table, images, starter, events, waits } = this.#options;
    if (!store.has(record)) return;
    record.state.status = 'removing';
    store.delete(record);
    images.release(record.id);
    table.dropPending(record.id);
    events.publish('container', 'destroy', record.id, eventAttributes(record));
    waits.tell(record.id, 'removed', { StatusCode: record.state.exitCode });
    starter.removeFiles(record.id);
  }
}
