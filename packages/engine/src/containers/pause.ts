import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import { eventAttributes } from './attributes.ts';
import type { ContainerRecord } from './record.ts';
import { saveOrLog } from './save-or-log.ts';
import type { ContainerStore } from './store.ts';

/** How often a group that freezes is looked at (milliseconds), and how many times: ten seconds in all. */
const LOOK = 5;
const LOOKS = 2000;

/** Freezes and thaws containers by their control group. */
export class ContainerPauser {
  readonly #cgroups: MachineCgroups;
  readonly #events: EventService;
  readonly #record: { readonly store: ContainerStore; readonly logger: Logger };
  /** Containers that are being frozen; taken out by whoever wants them to run again. */
  readonly #freezing = new Set<string>();

  constructor(options: {
    readonly cgroups: MachineCgroups;
    readonly events: EventService;
    readonly store: ContainerStore;
    readonly logger: Logger;
  }) {
    this.#cgroups = options.cgroups;
    this.#events = options.events;
    this.#record = options;
  }

  /** Resolves when no process of the container runs any more. Throws NOT_RUNNING, ALREADY_PAUSED, FREEZER_FAILED. */
  async pause(record: ContainerRecord): Promise<void> {
    const { id, state, sandbox } = record;
    if (state.status === 'restarting') {
      throw fail('NOT_RUNNING', `Container ${id} is restarting, wait until the container is running`);
    }
    if (state.status !== 'running') throw fail('NOT_RUNNING', `container ${id} is not running`);
    if (state.paused || this.#freezing.has(id)) throw fail('ALREADY_PAUSED', `Container ${id} is already paused`);
    this.#freezing.add(id);
    try {
      await this.#freeze(id, sandbox);
      if (!this.#freezing.has(id)) throw fail('NOT_RUNNING', `container ${id} is not running`);
    } finally {
      this.#freezing.delete(id);
    }
    state.paused = true;
    saveOrLog(this.#record, record);
    this.#events.publish('container', 'pause', id, eventAttributes(record));
  }

  async #freeze(id: string, sandbox: string): Promise<void> {
    try {
      this.#cgroups.freeze(sandbox, true);
    } catch (cause) {
      throw fail('FREEZER_FAILED', `cannot pause container ${id}: ${messageOf(cause)}`, { cause });
    }
    for (let look = 0; this.#freezing.has(id) && this.#cgroups.freezerState(sandbox) !== 'frozen'; look += 1) {
      if (look === LOOKS) {
        this.#cgroups.freeze(sandbox, false);
        throw fail('FREEZER_FAILED', `cannot pause container ${id}: its processes cannot be frozen`);
      }
      await delay(LOOK);
    }
  }

  /** Throws NOT_PAUSED, FREEZER_FAILED. */
  unpause(record: ContainerRecord): void {
    if (!record.state.paused) throw fail('NOT_PAUSED', `Container ${record.id} is not paused`);
    try {
      this.thaw(record);
    } catch (cause) {
      throw fail('FREEZER_FAILED', `cannot unpause container ${record.id}: ${messageOf(cause)}`, { cause });
    }
  }

  /** Lets a paused container run again, so that a signal reaches it. Nothing happens to one that is not paused. */
  thaw(record: ContainerRecord): void {
    const freezing = this.#freezing.delete(record.id);
    if (!freezing && !record.state.paused) return;
    this.#cgroups.freeze(record.sandbox, false);
    if (!record.state.paused) return;
    record.state.paused = false;
    saveOrLog(this.#record, record);
    this.#events.publish('container', 'unpause', record.id, eventAttributes(record));
  }

  /** Writes down what the kernel says of a container that an engine before this one started. */
  adopt(record: ContainerRecord): void {
    record.state.paused = this.#cgroups.freezerState(record.sandbox) !== 'thawed';
  }
}
