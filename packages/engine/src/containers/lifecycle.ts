import { existsSync } from 'node:fs';
import { type Clock, isCode, type Logger, messageOf } from '@wharf/kit';
import { type ContainerProcess, connectAttach, type ExitRecord } from '@wharf/runtime';
import type { Copies } from '../archive/copies.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import type { Narrator } from '../explain/narrator.ts';
import type { ContainerMounts } from '../mounts/container-mounts.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { SandboxService } from '../sandboxes/sandbox-service.ts';
import type { EndJournal } from '../why/end-journal.ts';
import type { SentBy } from '../why/end-record.ts';
import { eventAttributes } from './attributes.ts';
import { ContainerEndings } from './endings.ts';
import { Joined } from './joined.ts';
import { KeyedLocks } from './locks.ts';
import type { NetworkEvents } from './network-events.ts';
import type { ContainerPauser } from './pause.ts';
import type { ContainerRecord } from './record.ts';
import { RestartPolicies } from './restart-policies.ts';
import type { RuntimeTable } from './runtime-table.ts';
import { saveOrLog } from './save-or-log.ts';
import type { ContainerStarter } from './starter.ts';
import { ContainerStopper, type StopRequest } from './stopper.ts';
import type { ContainerStore } from './store.ts';
import { rfc3339 } from './time.ts';
import type { Waits } from './waits.ts';

export interface LifecycleOptions {
  readonly store: ContainerStore;
  readonly table: RuntimeTable;
  readonly starter: ContainerStarter;
  readonly copies: Pick<Copies, 'settle'>;
  readonly sandboxes: SandboxService;
  readonly cgroups: MachineCgroups;
  readonly events: EventService;
  readonly networkEvents: NetworkEvents;
  readonly mounts: ContainerMounts;
  readonly waits: Waits;
  readonly pauser: ContainerPauser;
  readonly journal: EndJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Removes a container that wanted to be removed at its end. */
  readonly autoRemove: (record: ContainerRecord) => Promise<void>;
}

/** Starting and ending containers: one operation at a time for each, the truth in the store before anybody is told. */
export class ContainerLifecycle {
  readonly #options: LifecycleOptions;
  readonly #locks = new KeyedLocks();
  readonly #restarts: RestartPolicies;
  readonly #joined: Joined;
  readonly #endings: ContainerEndings;
  readonly #stopper: ContainerStopper;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#joined = new Joined(options.store);
    this.#restarts = new RestartPolicies({ ...options, start: (record) => this.#restartByPolicy(record) });
    const parts = { ...options, restarts: this.#restarts };
    this.#endings = new ContainerEndings(parts);
    this.#stopper = new ContainerStopper(parts);
  }

  /** Runs `work` while no other operation changes the container. */
  exclusive<T>(record: ContainerRecord, work: () => Promise<T>): Promise<T> {
    return this.#locks.run(record.id, work);
  }

  /** Throws ALREADY_STARTED, PAUSED, REMOVAL_IN_PROGRESS, and what the starter throws. */
  start(record: ContainerRecord, explain?: Narrator): Promise<void> {
    return this.exclusive(record, async () => {
      if (record.state.paused) throw fail('PAUSED', 'cannot start a paused container, try unpause instead');
      if (record.state.status === 'running') throw fail('ALREADY_STARTED', 'container already started');
      if (record.state.status === 'removing' || !this.#options.store.has(record)) {
        throw fail('REMOVAL_IN_PROGRESS', 'container is marked for removal and cannot be started');
      }
      this.#restarts.cancel(record.id);
      record.stoppedByUser = false;
      record.restartCount = 0;
      delete record.restartDelay;
      await this.#start(record, explain);
    });
  }

  async #start(record: ContainerRecord, explain?: Narrator): Promise<void> {
    const { store, table, starter, events, networkEvents, clock, copies, mounts } = this.#options;
    // Two mounts of one writable layer would not see each other's changes.
    await copies.settle(record.id);
    // Before its first output: whoever reads the log since then misses nothing.
    let startedAt = clock.nowNanos();
    try {
      const process = await starter.start(record, {
        pidOf: (container, namespace) => this.#joined.pidOf(container, namespace),
        networkOwner: this.#joined.networkOwner(record),
        onSandbox: (sandbox) => {
          record.sandbox = sandbox;
          record.startingAt = rfc3339(clock.nowNanos());
          delete record.sent;
          store.save(record);
        },
        connect: async (directory) => {
          await this.#connectPending(record, directory);
          startedAt = clock.nowNanos();
        },
        explain,
      });
      const { state } = record;
      Object.assign(state, { status: 'running', pid: process.pid, exitCode: 0, error: '', oomKilled: false });
      state.startedAt = rfc3339(startedAt);
      // It runs, whether there is room to write that down or not; an engine that comes after this one finds it.
      saveOrLog(this.#options, record);
      networkEvents.publish('connect', record);
      mounts.started(record);
      events.publish('container', 'start', record.id, eventAttributes(record));
      this.#endings.supervise(record, process);
    } catch (error) {
      table.dropPending(record.id);
      await mounts.closed(record, false);
      this.#startFailed(record, error);
      throw error;
    }
  }

  #startFailed(record: ContainerRecord, error: unknown): void {
    const { clock } = this.#options;
    const message = messageOf(error);
    const code = /executable file .*not found|no such file or directory/i.test(message)
      ? 127
      : /permission denied|is a directory|exec format error/.test(message)
        ? 126
        : 128;
    Object.assign(record.state, { pid: 0, exitCode: code, error: message });
    this.#options.journal.startFailed(record, code, message);
    record.sandbox = '';
    const ended = record.state.status === 'restarting';
    if (ended) Object.assign(record.state, { status: 'exited', finishedAt: rfc3339(clock.nowNanos()) });
    saveOrLog(this.#options, record);
    // A container that never ran has not ended: whoever waits for its end waits on, as with Docker.
    if (ended) this.#options.waits.tell(record.id, 'exit', { StatusCode: code, Error: { Message: message } });
    if (record.hostConfig.AutoRemove) void this.#endings.autoRemove(record);
  }

  async #connectPending(record: ContainerRecord, directory: string): Promise<void> {
    await Promise.all(
      this.#options.table.starting(record.id, directory).map(async ({ stream, want }) => {
        stream.connectTo(await connectAttach(directory, want));
      }),
    );
  }

  async #restartByPolicy(record: ContainerRecord): Promise<void> {
    await this.exclusive(record, async () => {
      if (record.state.status !== 'restarting' || !this.#options.store.has(record)) return;
      record.restartCount += 1;
      await this.#start(record);
    });
  }

  /** Sends a signal. Throws NOT_RUNNING in Docker's words, BAD_CONFIG for an unknown signal. */
  kill(record: ContainerRecord, text: string, by?: SentBy): Promise<void> {
    return this.#stopper.kill(record, text, by);
  }

  /** The stop signal, patience, then SIGKILL. Throws ALREADY_STOPPED. */
  async stop(record: ContainerRecord, options: StopRequest): Promise<void> {
    while (record.state.status === 'restarting') {
      if (await this.exclusive(record, async () => this.#stopper.stopWaiting(record))) return;
    }
    await this.#stopper.stop(record, options);
  }

  /** Ends a container that is to be removed by force. */
  endForRemoval(record: ContainerRecord): Promise<void> {
    return this.#stopper.endForRemoval(record);
  }

  async restart(record: ContainerRecord, options: StopRequest): Promise<void> {
    if (record.state.status === 'running') {
      const removal = record.hostConfig.AutoRemove;
      // Docker keeps a --rm container through a restart.
      record.hostConfig.AutoRemove = false;
      try {
        await unless('ALREADY_STOPPED', this.stop(record, { by: 'restart', ...options }));
        await unless('ALREADY_STARTED', this.start(record));
      } finally {
        if (removal) record.hostConfig.AutoRemove = removal;
        saveOrLog(this.#options, record);
      }
    } else await unless('ALREADY_STARTED', this.start(record));
    this.#options.events.publish('container', 'restart', record.id, eventAttributes(record));
  }

  /** After a restart of the engine: takes a container that still runs over again, or writes down how it ended. */
  async resume(record: ContainerRecord, found: ContainerProcess | ExitRecord | undefined): Promise<void> {
    const wasRunning = record.state.status === 'running';
    // The engine was killed after the start and before it could write it down.
    if (found && !wasRunning) record.state.startedAt = record.startingAt ?? rfc3339(this.#options.clock.nowNanos());
    if (found && 'exited' in found) {
      Object.assign(record.state, { status: 'running', pid: found.pid });
      this.#options.pauser.adopt(record);
      saveOrLog(this.#options, record);
      this.#endings.supervise(record, found);
      return;
    }
    const sameBoot = existsSync(this.#options.sandboxes.directory(record.sandbox));
    if (sameBoot) await this.#options.cgroups.kill(record.sandbox);
    if (found) await this.#endings.ended(record, found, { kind: 'exited', engineAway: true });
    else if (wasRunning) await this.#endings.endedUnseen(record, sameBoot);
    else {
      this.#options.sandboxes.cleanUpSoon(record.sandbox);
      record.sandbox = '';
      saveOrLog(this.#options, record);
    }
  }

  /** Policies may start containers from now on. */
  beginPolicies(): void {
    this.#restarts.begin();
  }

  /**
   * When the engine starts (after a reboot, or after it was away): containers whose policy brings them back are started,
   * --rm containers that do not run are removed.
   */
  async resumePolicy(record: ContainerRecord): Promise<void> {
    const { Name } = record.hostConfig.RestartPolicy ?? {};
    // Whoever asked for a container that goes away with its process is gone with the engine that died.
    if (record.hostConfig.AutoRemove && record.state.status !== 'running')
      return await this.#endings.autoRemove(record);
    const wanted = Name === 'always' || (Name === 'unless-stopped' && !record.stoppedByUser);
    if (record.state.status !== 'restarting' && !(wanted && record.state.status === 'exited')) return;
    record.state.status = 'restarting';
    saveOrLog(this.#options, record);
    this.#restarts.schedule(record);
  }

  /** No policy restarts anything any more. */
  stopPolicies(): void {
    this.#restarts.close();
  }
}

/** Somebody else, or the restart policy, may have been quicker: that is no failure. */
async function unless(code: string, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!isCode(error, code)) throw error;
  });
}
