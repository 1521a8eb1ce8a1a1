import { type Clock, type Logger, messageOf } from '@wharf/kit';
import type { ContainerProcess, ExitRecord } from '@wharf/runtime';
import type { EventService } from '../events/event-service.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { SandboxService } from '../sandboxes/sandbox-service.ts';
import { eventAttributes } from './attributes.ts';
import type { NetworkEvents } from './network-events.ts';
import type { ContainerRecord } from './record.ts';
import type { RestartPolicies } from './restart-policies.ts';
import type { RuntimeTable } from './runtime-table.ts';
import type { ContainerStore } from './store.ts';
import { rfc3339 } from './time.ts';
import type { Waits } from './waits.ts';

export interface EndingsOptions {
  readonly store: ContainerStore;
  readonly table: RuntimeTable;
  readonly sandboxes: SandboxService;
  readonly cgroups: MachineCgroups;
  readonly events: EventService;
  readonly networkEvents: NetworkEvents;
  readonly waits: Waits;
  readonly restarts: RestartPolicies;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Removes a container that wanted to be removed at its end. */
  readonly autoRemove: (record: ContainerRecord) => Promise<void>;
}

const SIGKILL = 9;

/** What happens when a container's first process is gone: the truth in the store before anybody is told. */
export class ContainerEndings {
  readonly #options: EndingsOptions;

  constructor(options: EndingsOptions) {
    this.#options = options;
  }

  /** Watches a running container from now on. */
  supervise(record: ContainerRecord, process: ContainerProcess): void {
    this.#options.table.running(record.id, process);
    process.exited
      .then((exit) => this.ended(record, exit))
      .catch((error: unknown) => this.#lost(record, error))
      .catch((error: unknown) => this.#options.logger.error('end of a container', { error: messageOf(error) }));
  }

  async #lost(record: ContainerRecord, error: unknown): Promise<void> {
    this.#options.logger.warn('container lost', { container: record.id, error: messageOf(error) });
    await this.#options.cgroups.kill(record.sandbox);
    record.state.error = messageOf(error);
    await this.ended(record, { code: 137, signal: SIGKILL, oomKills: 0, at: this.#options.clock.nowNanos() });
  }

  /** The container's first process is gone: the truth is written, told, and its sandbox torn down. */
  async ended(record: ContainerRecord, exit: ExitRecord): Promise<void> {
    const { table, sandboxes, cgroups, events } = this.#options;
    const { state } = record;
    const sandbox = record.sandbox;
    // With the host's process ids others of the container may live on; Docker ends them with it.
    if (record.hostConfig.PidMode) await cgroups.kill(sandbox);
    table.ended(record.id);
    state.paused = false;
    Object.assign(state, { pid: 0, exitCode: exit.code, oomKilled: exit.oomKills > 0, finishedAt: rfc3339(exit.at) });
    const again = this.#options.restarts.decide(record, exit.code);
    state.status = again ? 'restarting' : 'exited';
    record.sandbox = '';
    this.#saveEnd(record);
    if (state.oomKilled) events.publish('container', 'oom', record.id, eventAttributes(record));
    const attributes = {
      ...eventAttributes(record),
      exitCode: String(exit.code),
      execDuration: String(duration(state.startedAt, exit.at)),
    };
    events.publish('container', 'die', record.id, attributes);
    this.#options.networkEvents.publish('disconnect', record);
    this.#options.waits.tell(record.id, 'exit', { StatusCode: exit.code });
    sandboxes.cleanUpSoon(sandbox);
    if (again) this.#options.restarts.schedule(record);
    else if (record.hostConfig.AutoRemove) await this.autoRemove(record);
  }

  /** Whoever waits is told of the end also when it cannot be written down. */
  #saveEnd(record: ContainerRecord): void {
    try {
      this.#options.store.save(record);
    } catch (error) {
      this.#options.logger.error('cannot record the end of a container', {
        container: record.id,
        error: messageOf(error),
      });
    }
  }

  /** Removes a --rm container; what fails is logged, since nobody waits for it. */
  async autoRemove(record: ContainerRecord): Promise<void> {
    try {
      await this.#options.autoRemove(record);
    } catch (error) {
      this.#options.logger.warn('automatic removal failed', { container: record.id, error: messageOf(error) });
    }
  }
}

/** Whole seconds that a container ran. */
function duration(startedAt: string, end: bigint): number {
  return Math.max(0, Math.floor((Number(end / 1_000_000n) - Date.parse(startedAt)) / 1000)) || 0;
}
