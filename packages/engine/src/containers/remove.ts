import { isDiskFull } from '@wharf/kit';
import type { Copies } from '../archive/copies.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import type { ContainerMounts } from '../mounts/container-mounts.ts';
import { eventAttributes } from './attributes.ts';
import type { ContainerLifecycle } from './lifecycle.ts';
import type { ImagePort } from './ports.ts';
import type { ContainerRecord } from './record.ts';
import type { RuntimeTable } from './runtime-table.ts';
import type { ContainerStarter } from './starter.ts';
import type { ContainerStore } from './store.ts';
import type { Waits } from './waits.ts';

export interface RemoverOptions {
  readonly copies: Pick<Copies, 'busy' | 'end'>;
  readonly store: ContainerStore;
  readonly table: RuntimeTable;
  readonly images: ImagePort;
  readonly starter: ContainerStarter;
  readonly events: EventService;
  readonly waits: Waits;
  readonly mounts: ContainerMounts;
}

/** Removes containers: the record first, so that a crash leaves files for the next start to clear, never a half container. */
export class ContainerRemover {
  readonly #options: RemoverOptions;

  constructor(options: RemoverOptions) {
    this.#options = options;
  }

  /** Throws STILL_RUNNING unless forced, REMOVAL_IN_PROGRESS. `volumes`: those that nobody named go too. */
  async remove(
    record: ContainerRecord,
    { force, volumes = false }: { readonly force: boolean; readonly volumes?: boolean },
    lifecycle: ContainerLifecycle,
  ): Promise<void> {
    if (record.state.status === 'removing') {
      throw fail('REMOVAL_IN_PROGRESS', `removal of container ${record.name} is already in progress`);
    }
    for (let removed = false; !removed; ) {
      if (isUp(record)) {
        if (!force) throw stillRunning(record);
        await lifecycle.endForRemoval(record);
      }
      removed = await lifecycle.exclusive(record, async () => {
        // Somebody may have started it meanwhile.
        if (isUp(record)) return false;
        // Removal of a --rm container may have been quicker.
        await this.#remove(record, { volumes });
        return true;
      });
    }
  }

  /**
   * Puts a new container in the place of the one that has its name, which is ended and removed; the name is never free
   * in between, and one of the two has it whatever happens. Throws STILL_RUNNING when the old one cannot be ended.
   */
  async replace(successor: ContainerRecord, lifecycle: ContainerLifecycle): Promise<void> {
    const { store } = this.#options;
    for (;;) {
      const old = store.named(successor.name);
      if (old === undefined) return store.add(successor);
      const removal = old.hostConfig.AutoRemove;
      // It must not go away with its process before the new one has the name.
      if (removal) old.hostConfig.AutoRemove = false;
      try {
        if (isUp(old)) await lifecycle.endForRemoval(old);
        const done = await lifecycle.exclusive(old, async () => {
          if (isUp(old) || store.named(successor.name) !== old) return false;
          await this.#remove(old, { successor, volumes: removal ?? false });
          return true;
        });
        if (done) return;
      } finally {
        if (removal) old.hostConfig.AutoRemove = removal;
      }
    }
  }

  /** Removes a container that does not run. Nothing happens when it is gone already. */
  removeEnded(record: ContainerRecord): Promise<void> {
    return this.#remove(record, { volumes: true });
  }

  async #remove(
    record: ContainerRecord,
    { successor, volumes }: { readonly successor?: ContainerRecord; readonly volumes: boolean },
  ): Promise<void> {
    const { store, table, images, starter, events, waits, copies } = this.#options;
    if (!store.has(record)) return;
    if (successor) store.replace(record, successor);
    else await this.#delete(record);
    record.state.status = 'removing';
    // A copy that is under way ends first: files must not go while it holds their mounts.
    if (copies.busy(record.id)) void copies.end(record.id).finally(() => images.release(record.id));
    else images.release(record.id);
    table.dropPending(record.id);
    await this.#options.mounts.removed(record, { anonymous: volumes });
    events.publish('container', 'destroy', record.id, eventAttributes(record));
    waits.tell(record.id, 'removed', { StatusCode: record.state.exitCode });
    starter.removeFiles(record.id);
  }

  /** On a full disk the container's files go before its record: they may be what fills it. */
  async #delete(record: ContainerRecord): Promise<void> {
    const { store, images } = this.#options;
    try {
      store.delete(record);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      images.release(record.id);
      await images.emptied();
      store.delete(record);
    }
  }
}

function isUp({ state }: ContainerRecord): boolean {
  return state.status === 'running' || state.status === 'restarting';
}

function stillRunning({ name, state }: ContainerRecord): Error {
  const why = state.paused
    ? 'container is paused and must be unpaused first'
    : `container is ${state.status}: stop the container before removing or force remove`;
  return fail('STILL_RUNNING', `cannot remove container "${name}": ${why}`);
}
