import { type Clock, type Logger, messageOf } from '@wharf/kit';
import type { ContainerProcess, ExitRecord } from '@wharf/runtime';
import type { EventService } from '../events/event-service.ts';
import type { ContainerMounts } from '../mounts/container-mounts.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { SandboxService } from '../sandboxes/sandbox-service.ts';
import type { EndJournal } from '../why/end-journal.ts';
import type { EndRecord } from '../why/end-record.ts';
import { eventAttributes } from './attributes.ts';
import type { NetworkEvents } from './network-events.ts';
import { OomWatch } from './oom-watch.ts';
import type { ContainerRecord } from './record.ts';
import type { RestartPolicies } from './restart-policies.ts';
import type { RuntimeTable } from './runtime-table.ts';
import { saveOrLog } from './save-or-log.ts';
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
  readonly mounts: ContainerMounts;
  readonly waits: Waits;
  readonly restarts: RestartPolicies;
  readonly journal: EndJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Removes a container that wanted to be removed at its end. */
  readonly autoRemove: (record: ContainerRecord) => Promise<void>;
}

/** How an end came to be known. */
interface EndKind {
  readonly kind: EndRecord['kind'];
  /** The engine did not run when it happened. */
  readonly engineAway: boolean;
}

const SIGKILL = 9;
/** Exit code of what ran when the machine went down (as Docker's). */
const LOST = 255;
const MONITOR_LOST = 'the monitor of the container was killed, and the container with it';

/** What happens when a container's first process is gone: the truth in the store before anybody is told. */
export class ContainerEndings {
  readonly #options: EndingsOptions;
  readonly #oom: OomWatch;

  constructor(options: EndingsOptions) {
    this.#options = options;
    this.#oom = new OomWatch(options);
  }

  /** Watches a running container from now on. */
  supervise(record: ContainerRecord, process: ContainerProcess): void {
    this.#options.table.running(record.id, process);
    this.#oom.begin(record);
    process.exited
      .then((exit) => this.ended(record, exit, { kind: 'exited', engineAway: false }))
      .catch((error: unknown) => this.#lost(record, error))
      .catch((error: unknown) => this.#options.logger.error('end of a container', { error: messageOf(error) }));
  }

  async #lost(record: ContainerRecord, error: unknown): Promise<void> {
    this.#options.logger.warn('container lost', { container: record.id, error: messageOf(error) });
    await this.#options.cgroups.kill(record.sandbox);
    await this.#monitorLost(record, false);
  }

  async #monitorLost(record: ContainerRecord, engineAway: boolean): Promise<void> {
    const { clock, cgroups } = this.#options;
    const { oomKills } = cgroups.limitsHit(record.sandbox);
    record.state.error = MONITOR_LOST;
    const exit = { code: 128 + SIGKILL, signal: SIGKILL, oomKills, at: clock.nowNanos() };
    await this.ended(record, exit, { kind: 'monitor-lost', engineAway });
  }

  /**
   * The container ran when this engine was not there, and nobody wrote down how it ended: its monitor was killed, or
   * (`sameBoot` false) the machine went down. What was left of it is gone.
   */
  async endedUnseen(record: ContainerRecord, sameBoot: boolean): Promise<void> {
    if (sameBoot) return await this.#monitorLost(record, true);
    const exit = { code: LOST, signal: 0, oomKills: 0, at: this.#options.clock.nowNanos() };
    await this.ended(record, exit, { kind: 'machine-lost', engineAway: true });
  }

  /** The container's first process is gone: the truth is written, told, and its sandbox torn down. */
  async ended(record: ContainerRecord, exit: ExitRecord, how: EndKind): Promise<void> {
    const { table, sandboxes, cgroups, events } = this.#options;
    const { state } = record;
    const sandbox = record.sandbox;
    // With the host's process ids others of the container may live on; Docker ends them with it.
    if (record.hostConfig.PidMode) await cgroups.kill(sandbox);
    table.ended(record.id);
    const told = this.#oom.end(record);
    state.paused = false;
    Object.assign(state, { pid: 0, exitCode: exit.code, oomKilled: exit.oomKills > 0, finishedAt: rfc3339(exit.at) });
    const again = this.#options.restarts.decide(record, exit.code);
    this.#options.journal.ended(record, exit, { ...how, again });
    state.status = again ? 'restarting' : 'exited';
    record.sandbox = '';
    // Whoever waits is told of the end also when it cannot be written down.
    saveOrLog(this.#options, record);
    if (exit.oomKills > told) events.publish('container', 'oom', record.id, eventAttributes(record));
    const attributes = {
      ...eventAttributes(record),
      exitCode: String(exit.code),
      execDuration: String(duration(state.startedAt, exit.at)),
    };
    events.publish('container', 'die', record.id, attributes);
    this.#options.networkEvents.publish('disconnect', record);
    this.#options.waits.tell(record.id, 'exit', { StatusCode: exit.code });
    sandboxes.cleanUpSoon(sandbox);
    await this.#options.mounts.closed(record, true);
    if (again) this.#options.restarts.schedule(record);
    else if (record.hostConfig.AutoRemove) await this.autoRemove(record);
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
