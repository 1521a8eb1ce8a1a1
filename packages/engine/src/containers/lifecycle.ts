import { existsSync } from 'node:fs';
import { type Clock, type Logger, messageOf } from '@wharf/kit';
import { type ContainerProcess, connectAttach, type ExitRecord } from '@wharf/runtime';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { SandboxService } from '../sandboxes/sandbox-service.ts';
import { eventAttributes } from './attributes.ts';
import { Joined } from './joined.ts';
import { KeyedLocks } from './locks.ts';
import type { NetworkEvents } from './network-events.ts';
import type { ContainerPauser } from './pause.ts';
import type { ContainerRecord } from './record.ts';
import { RestartPolicies } from './restart-policies.ts';
import type { RuntimeTable } from './runtime-table.ts';
import { parseSignal } from './signals.ts';
import type { ContainerStarter } from './starter.ts';
import type { ContainerStore } from './store.ts';
import { rfc3339 } from './time.ts';
import type { Waits } from './waits.ts';

export interface LifecycleOptions {
  readonly store: ContainerStore;
  readonly table: RuntimeTable;
  readonly starter: ContainerStarter;
  readonly sandboxes: SandboxService;
  readonly cgroups: MachineCgroups;
  readonly events: EventService;
  readonly networkEvents: NetworkEvents;
  readonly waits: Waits;
  readonly pauser: ContainerPauser;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Removes a container that wanted to be removed at its end. */
  readonly autoRemove: (record: ContainerRecord) => Promise<void>;
}

const SIGKILL = 9;
const SIGTERM = 15;
const DEFAULT_STOP_SECONDS = 10;
/** How long a killed process may take to go before the engine says so. */
const KILL_PATIENCE = 10_000;

/** Starting and ending containers: one operation at a time for each, the truth in the store before anybody is told. */
export class ContainerLifecycle {
  readonly #options: LifecycleOptions;
  readonly #locks = new KeyedLocks();
  readonly #restarts: RestartPolicies;
  readonly #joined: Joined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#joined = new Joined(options.store);
    this.#restarts = new RestartPolicies((record) => this.#restartByPolicy(record), options.logger);
  }

  /** Runs `work` while no other operation changes the container. */
  exclusive<T>(record: ContainerRecord, work: () => Promise<T>): Promise<T> {
    return this.#locks.run(record.id, work);
  }

  /** Throws ALREADY_STARTED, PAUSED, REMOVAL_IN_PROGRESS, and what the starter throws. */
  start(record: ContainerRecord): Promise<void> {
    return this.exclusive(record, async () => {
      if (record.state.paused) throw fail('PAUSED', 'cannot start a paused container, try unpause instead');
      if (record.state.status === 'running') throw fail('ALREADY_STARTED', 'container already started');
      if (record.state.status === 'removing' || !this.#options.store.has(record)) {
        throw fail('REMOVAL_IN_PROGRESS', 'container is marked for removal and cannot be started');
      }
      this.#restarts.cancel(record.id);
      record.stoppedByUser = false;
      await this.#start(record);
    });
  }

  async #start(record: ContainerRecord): Promise<void> {
    const { store, table, starter, events, networkEvents, clock } = this.#options;
    try {
      const process = await starter.start(record, {
        pidOf: (container, namespace) => this.#joined.pidOf(container, namespace),
        networkOwner: this.#joined.networkOwner(record),
        onSandbox: (sandbox) => {
          record.sandbox = sandbox;
          store.save(record);
        },
        connect: (directory) => this.#connectPending(record, directory),
      });
      const { state } = record;
      Object.assign(state, { status: 'running', pid: process.pid, exitCode: 0, error: '', oomKilled: false });
      state.startedAt = rfc3339(clock.nowNanos());
      store.save(record);
      networkEvents.publish('connect', record);
      events.publish('container', 'start', record.id, eventAttributes(record));
      this.#supervise(record, process);
    } catch (error) {
      table.dropPending(record.id);
      this.#startFailed(record, error);
      throw error;
    }
  }

  #startFailed(record: ContainerRecord, error: unknown): void {
    const { store, clock } = this.#options;
    const message = messageOf(error);
    const code = /executable file not found|no such file or directory/.test(message)
      ? 127
      : /permission denied|is a directory|exec format error/.test(message)
        ? 126
        : 128;
    Object.assign(record.state, { pid: 0, exitCode: code, error: message });
    record.sandbox = '';
    const ended = record.state.status === 'restarting';
    if (ended) Object.assign(record.state, { status: 'exited', finishedAt: rfc3339(clock.nowNanos()) });
    store.save(record);
    // A container that never ran has not ended: whoever waits for its end waits on, as with Docker.
    if (ended) this.#options.waits.tell(record.id, 'exit', { StatusCode: code, Error: { Message: message } });
    if (record.hostConfig.AutoRemove) void this.#autoRemove(record);
  }

  async #connectPending(record: ContainerRecord, directory: string): Promise<void> {
    await Promise.all(
      this.#options.table.takePending(record.id).map(async ({ stream, want }) => {
        stream.connectTo(await connectAttach(directory, want));
      }),
    );
  }

  /** Watches a running container from now on. */
  #supervise(record: ContainerRecord, process: ContainerProcess): void {
    this.#options.table.running(record.id, process);
    process.exited
      .then((exit) => this.#ended(record, exit))
      .catch((error: unknown) => this.#lost(record, error))
      .catch((error: unknown) => this.#options.logger.error('end of a container', { error: messageOf(error) }));
  }

  async #lost(record: ContainerRecord, error: unknown): Promise<void> {
    this.#options.logger.warn('container lost', { container: record.id, error: messageOf(error) });
    await this.#options.cgroups.kill(record.sandbox);
    record.state.error = messageOf(error);
    await this.#ended(record, { code: 137, signal: SIGKILL, oomKills: 0, at: this.#options.clock.nowNanos() });
  }

  /** The container's first process is gone: the truth is written, told, and its sandbox torn down. */
  async #ended(record: ContainerRecord, exit: ExitRecord): Promise<void> {
    const { table, sandboxes, cgroups, events } = this.#options;
    const { state } = record;
    const sandbox = record.sandbox;
    // With the host's process ids others of the container may live on; Docker ends them with it.
    if (record.hostConfig.PidMode) await cgroups.kill(sandbox);
    table.ended(record.id);
    state.paused = false;
    Object.assign(state, { pid: 0, exitCode: exit.code, oomKilled: exit.oomKills > 0, finishedAt: rfc3339(exit.at) });
    const again = this.#restarts.decide(record, exit.code);
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
    if (again) this.#restarts.schedule(record);
    else if (record.hostConfig.AutoRemove) await this.#autoRemove(record);
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

  async #autoRemove(record: ContainerRecord): Promise<void> {
    try {
      await this.#options.autoRemove(record);
    } catch (error) {
      this.#options.logger.warn('automatic removal failed', { container: record.id, error: messageOf(error) });
    }
  }

  async #restartByPolicy(record: ContainerRecord): Promise<void> {
    await this.exclusive(record, async () => {
      if (record.state.status !== 'restarting' || !this.#options.store.has(record)) return;
      record.restartCount += 1;
      await this.#start(record);
    });
  }

  /** Sends a signal. Throws NOT_RUNNING in Docker's words, BAD_CONFIG for an unknown signal. */
  async kill(record: ContainerRecord, text: string): Promise<void> {
    const number = text === '' ? SIGKILL : parseSignal(text);
    const process = this.#options.table.process(record.id);
    if (!process) {
      throw fail('NOT_RUNNING', `container ${record.id} is not running`);
    }
    const stop = record.config.StopSignal ? parseSignal(record.config.StopSignal) : SIGTERM;
    if (number === SIGKILL || number === stop) this.#byUser(record);
    const ended = number === SIGKILL ? this.#afterEnd(record, KILL_PATIENCE) : undefined;
    process.signal(number);
    // What is to end a paused container must be able to.
    if (number === SIGKILL || number === stop || !record.config.StopSignal) this.#options.pauser.thaw(record);
    const attributes = { ...eventAttributes(record), signal: String(number) };
    this.#options.events.publish('container', 'kill', record.id, attributes);
    await ended;
  }

  #byUser(record: ContainerRecord): void {
    record.stoppedByUser = true;
    this.#options.store.save(record);
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

  /** The stop signal, patience, then SIGKILL. Throws ALREADY_STOPPED. `seconds` -1 waits for ever. */
  async stop(record: ContainerRecord, options: { readonly signal?: string; readonly timeout?: number }): Promise<void> {
    const number = parseSignal(options.signal || record.config.StopSignal || 'SIGTERM');
    if (record.state.status === 'restarting') {
      this.#restarts.cancel(record.id);
      record.state.status = 'exited';
      this.#byUser(record);
      return;
    }
    const process = this.#options.table.process(record.id);
    if (!process || record.state.status !== 'running') throw fail('ALREADY_STOPPED', 'container already stopped');
    this.#byUser(record);
    const seconds = options.timeout ?? record.config.StopTimeout ?? DEFAULT_STOP_SECONDS;
    const gentle = this.#afterEnd(record, seconds < 0 ? -1 : seconds * 1000);
    process.signal(number);
    this.#options.pauser.thaw(record);
    this.#options.events.publish('container', 'kill', record.id, {
      ...eventAttributes(record),
      signal: String(number),
    });
    if (!(await gentle)) await this.#killHard(record, process);
    this.#options.events.publish('container', 'stop', record.id, eventAttributes(record));
  }

  async #killHard(record: ContainerRecord, process: ContainerProcess): Promise<void> {
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

  async restart(
    record: ContainerRecord,
    options: { readonly signal?: string; readonly timeout?: number },
  ): Promise<void> {
    if (record.state.status === 'running') {
      const removal = record.hostConfig.AutoRemove;
      // Docker keeps a --rm container through a restart.
      record.hostConfig.AutoRemove = false;
      try {
        await this.stop(record, options);
        await this.start(record);
      } finally {
        if (removal) record.hostConfig.AutoRemove = removal;
        this.#options.store.save(record);
      }
    } else await this.start(record);
    this.#options.events.publish('container', 'restart', record.id, eventAttributes(record));
  }

  /** Ends a container that is to be removed by force. */
  async endForRemoval(record: ContainerRecord): Promise<void> {
    this.#restarts.cancel(record.id);
    this.#byUser(record);
    const process = this.#options.table.process(record.id);
    if (process) await this.#killHard(record, process);
  }

  /** After a restart of the engine: takes a container that still runs over again, or writes down how it ended. */
  async resume(record: ContainerRecord, found: ContainerProcess | ExitRecord | undefined): Promise<void> {
    if (found && 'exited' in found) {
      Object.assign(record.state, { status: 'running', pid: found.pid });
      if (record.state.startedAt < record.created) record.state.startedAt = rfc3339(this.#options.clock.nowNanos());
      this.#options.pauser.adopt(record);
      this.#options.store.save(record);
      this.#supervise(record, found);
      return;
    }
    if (existsSync(this.#options.sandboxes.directory(record.sandbox))) await this.#options.cgroups.kill(record.sandbox);
    const at = this.#options.clock.nowNanos();
    const wasRunning = record.state.status === 'running';
    if (found || wasRunning) await this.#ended(record, found ?? { code: 255, signal: 0, oomKills: 0, at });
    else {
      this.#options.sandboxes.cleanUpSoon(record.sandbox);
      record.sandbox = '';
      this.#options.store.save(record);
    }
  }

  /**
   * When the engine starts (after a reboot, or after it was away): containers whose policy brings them back are started,
   * --rm containers that do not run are removed.
   */
  async resumePolicy(record: ContainerRecord): Promise<void> {
    const { Name } = record.hostConfig.RestartPolicy ?? {};
    // Whoever asked for a container that goes away with its process is gone with the engine that died.
    if (record.hostConfig.AutoRemove && record.state.status !== 'running') return await this.#autoRemove(record);
    const wanted = Name === 'always' || (Name === 'unless-stopped' && !record.stoppedByUser);
    if (record.state.status !== 'restarting' && !(wanted && record.state.status === 'exited')) return;
    record.state.status = 'restarting';
    this.#options.store.save(record);
    this.#restarts.schedule(record);
  }

  /** No policy restarts anything any more. */
  stopPolicies(): void {
    this.#restarts.close();
  }
}

/** Whole seconds that a container ran. */
function duration(startedAt: string, end: bigint): number {
  return Math.max(0, Math.floor((Number(end / 1_000_000n) - Date.parse(startedAt)) / 1000)) || 0;
}
