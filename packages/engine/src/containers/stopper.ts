import type { Logger } from '@wharf/kit';
import type { ContainerProcess } from '@wharf/runtime';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import type { EndJournal } from '../why/end-journal.ts';
import type { SentBy } from '../why/end-record.ts';
import { eventAttributes } from './attributes.ts';
import type { ContainerPauser } from './pause.ts';
import type { ContainerRecord } from './record.ts';
import type { RestartPolicies } from './restart-policies.ts';
import type { RuntimeTable } from './runtime-table.ts';
import { saveOrLog } from './save-or-log.ts';
import { parseSignal } from './signals.ts';
import type { ContainerStore } from './store.ts';
import type { Waits } from './waits.ts';

export interface StopperOptions {
  readonly store: ContainerStore;
  readonly table: RuntimeTable;
  readonly events: EventService;
  readonly waits: Waits;
  readonly restarts: RestartPolicies;
  readonly pauser: ContainerPauser;
  readonly logger: Logger;
  readonly journal: EndJournal;
}

/** How a stop was asked for: signal by name or number, patience in seconds (-1: for ever). */
export interface StopRequest {
  readonly signal?: string;
  readonly timeout?: number;
  /** On whose behalf; a client's `stop` when absent. */
  readonly by?: SentBy;
}

const SIGKILL = 9;
const SIGTERM = 15;
const DEFAULT_STOP_SECONDS = 10;
/** How long a killed process may take to go before the engine says so. */
const KILL_PATIENCE = 10_000;

/** Ends running containers: by one signal, by a stop signal with patience, by force. */
export class ContainerStopper {
  readonly #options: StopperOptions;

  constructor(options: StopperOptions) {
    this.#options = options;
  }

  /** Sends a signal. Throws NOT_RUNNING in Docker's words, BAD_CONFIG for an unknown signal. */
  async kill(record: ContainerRecord, text: string, by: SentBy = 'kill'): Promise<void> {
    const number = text === '' ? SIGKILL : parseSignal(text);
    const process = this.#options.table.process(record.id);
    if (!process) {
      throw fail('NOT_RUNNING', `container ${record.id} is not running`);
    }
    const stop = record.config.StopSignal ? parseSignal(record.config.StopSignal) : SIGTERM;
    // Where a rule of the container's own kills it, the restart policy decides what comes then.
    if (by === 'kill' && (number === SIGKILL || number === stop)) record.stoppedByUser = true;
    this.#sending(record, by, number);
    const ended = number === SIGKILL ? this.#afterEnd(record, KILL_PATIENCE) : undefined;
    process.signal(number);
    // What is to end a paused container must be able to.
    if (number === SIGKILL || number === stop || !record.config.StopSignal) this.#options.pauser.thaw(record);
    const attributes = { ...eventAttributes(record), signal: String(number) };
    this.#options.events.publish('container', 'kill', record.id, attributes);
    await ended;
  }

  /** Who sends it is on record before it is sent. */
  #sending(record: ContainerRecord, by: SentBy, signal: number): void {
    this.#options.journal.sending(record, by, signal);
    saveOrLog(this.#options, record);
  }

  /** True when the container ended within the time (milliseconds; negative: no limit). */
  #afterEnd(record: ContainerRecord, patience: number): Promise<boolean> {
    if (record.state.status !== 'running') return Promise.resolve(true);
    const ended = this.#options.waits.next(record.id, 'exit', undefined).then(() => true);
    if (patience < 0) return ended;
    const timer = Promise.withResolvers<boolean>();
    const timeout = setTimeout(() => timer.resolve(false), patience);
    return Promise.race([ended, timer.promise]).finally(() => clearTimeout(timeout));
  }

  /**
   * Ends the restarts of a container that waits for one; false when it does not wait. To be called while nothing else
   * changes the container: a restart that is under way would make it run again.
   */
  stopWaiting(record: ContainerRecord): boolean {
    if (record.state.status !== 'restarting') return false;
    this.#options.restarts.cancel(record.id);
    record.state.status = 'exited';
    record.stoppedByUser = true;
    saveOrLog(this.#options, record);
    return true;
  }

  /** The stop signal, patience, then SIGKILL. Throws ALREADY_STOPPED. `seconds` -1 waits for ever. */
  async stop(record: ContainerRecord, options: StopRequest): Promise<void> {
    const number = parseSignal(options.signal || record.config.StopSignal || 'SIGTERM');
    const process = this.#options.table.process(record.id);
    if (!process || record.state.status !== 'running') throw fail('ALREADY_STOPPED', 'container already stopped');
    const by = options.by ?? 'stop';
    if (by !== 'timeout') record.stoppedByUser = true;
    this.#sending(record, by, number);
    const seconds = options.timeout ?? record.config.StopTimeout ?? DEFAULT_STOP_SECONDS;
    const gentle = this.#afterEnd(record, seconds < 0 ? -1 : seconds * 1000);
    process.signal(number);
    this.#options.pauser.thaw(record);
    this.#options.events.publish('container', 'kill', record.id, {
      ...eventAttributes(record),
      signal: String(number),
    });
    if (!(await gentle)) await this.#killHard(record, process, by);
    this.#options.events.publish('container', 'stop', record.id, eventAttributes(record));
  }

  async #killHard(record: ContainerRecord, process: ContainerProcess, by: SentBy): Promise<void> {
    this.#sending(record, by, SIGKILL);
    const ended = this.#afterEnd(record, KILL_PATIENCE);
    process.signal(SIGKILL);
    this.#options.pauser.thaw(record);
    this.#options.events.publish('container', 'kill', record.id, { ...eventAttributes(record), signal: '9' });
    if (!(await ended)) {
      throw fail(
        'STILL_RUNNING',
        `container ${record.name}: did not exit within ${KILL_PATIENCE / 1000} seconds of SIGKILL`,
      );
    }
  }

  /** Ends a container that is to be removed by force. */
  async endForRemoval(record: ContainerRecord): Promise<void> {
    this.#options.restarts.cancel(record.id);
    record.stoppedByUser = true;
    const process = this.#options.table.process(record.id);
    if (process) await this.#killHard(record, process, 'remove');
    else {
      // One that waits for its restart will not have one; one without a process has ended, whatever is written of it.
      const up = record.state.status === 'restarting' || record.state.status === 'running';
      if (up) Object.assign(record.state, { status: 'exited', pid: 0 });
      saveOrLog(this.#options, record);
    }
  }
}
