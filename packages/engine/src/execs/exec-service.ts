import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type Clock, isCode, type Logger, messageOf } from '@wharf/kit';
import { type ContainerProcess, type ExitRecord, findAgain } from '@wharf/runtime';
import { type ExecInspect, frameHeader } from '@wharf/spec';
import { eventAttributes } from '../containers/attributes.ts';
import { LateStream } from '../containers/late-stream.ts';
import type { ContainerRecord } from '../containers/record.ts';
import { parseSignal } from '../containers/signals.ts';
import type { ContainerStore } from '../containers/store.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import type { ExecKiller } from './exec-killer.ts';
import { type ExecRecord, type ExecRequest, inspectExec, newExec } from './exec-record.ts';
import { EXEC_FILE, type ExecStarter, notRunning } from './exec-starter.ts';
import { ExecTable } from './exec-table.ts';

export interface ExecServiceOptions {
  readonly store: ContainerStore;
  readonly starter: ExecStarter;
  readonly killer: ExecKiller;
  readonly events: EventService;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface StartOptions {
  readonly detach: boolean;
  /** See ExecStartOptions of the API. */
  onAccept?(tty: boolean): void;
  readonly consoleSize?: readonly [number, number];
}

/** A command that runs for the engine itself. */
export interface RunningExec {
  readonly stream: Duplex;
  readonly exited: Promise<number>;
  kill(): Promise<unknown>;
}

interface Started {
  readonly process: ContainerProcess;
  readonly stream: Duplex | undefined;
}

/** How long a new size waits for its command to be started, in milliseconds (as Docker). */
const RESIZE_PATIENCE = 10_000;
/** The exit code of one whose cell vanished. */
const LOST = 255;
const SIGKILL = 9;
/** How long a killed command may take to go, in milliseconds. */
const KILL_PATIENCE = 10_000;

/** The noun "exec": further commands in running containers. */
export class ExecService {
  readonly #options: ExecServiceOptions;
  readonly #table = new ExecTable();

  constructor(options: ExecServiceOptions) {
    this.#options = options;
    options.events.subscribe(({ Type, Action, Actor }) => {
      if (Type !== 'container' || Action !== 'die') return;
      this.#table.dropWaiting(Actor.ID);
      options.killer.forget(Actor.ID);
    });
  }

  /** See `ExecTable.idsOf`. */
  idsOf(container: string): string[] | null {
    return this.#table.idsOf(container);
  }

  /** Throws NO_SUCH_CONTAINER, NOT_RUNNING, PAUSED. */
  async create(key: string, request: ExecRequest): Promise<{ Id: string }> {
    const container = this.#options.store.get(key);
    checkRunning(container);
    const exec = newExec(randomBytes(32).toString('hex'), container.id, request);
    this.#table.add(exec, this.#options.clock.now());
    this.#publish(`exec_create: ${request.command.join(' ')}`, exec);
    return { Id: exec.id };
  }

  /** Throws NO_SUCH_EXEC, EXEC_STARTED, NOT_RUNNING, PAUSED; what `ExecStarter.start` throws with `detach` only. */
  async start(id: string, options: StartOptions): Promise<{ tty: boolean; stream: Duplex } | undefined> {
    const exec = this.#table.get(id);
    const { tty } = exec.request;
    try {
      const { stream } = await this.#launch(exec, options);
      return stream && { tty, stream };
    } catch (error) {
      if (options.detach || exec.state !== 'ended' || isCode(error, 'EXEC_STARTED')) throw error;
      return { tty, stream: failedStream(messageOf(error), tty) };
    }
  }

  /**
   * Starts one for the engine itself: its output, its exit code when it has one, and how to kill it with everything that
   * descends from it. Throws what `start` throws detached.
   */
  async run(id: string): Promise<RunningExec> {
    const exec = this.#table.get(id);
    const { process, stream } = await this.#launch(exec, { detach: false });
    const exited = process.exited.then(
      ({ code }) => code,
      () => LOST,
    );
    const kill = () => this.#options.killer.signal(exec, SIGKILL);
    return { stream: stream ?? failedStream('', false), exited, kill };
  }

  /** Kills the commands of the engine's own in a container, with everything that descends from them. */
  async killOwn(container: string): Promise<void> {
    const own = this.#table.all().filter((exec) => exec.container === container && exec.request.group !== undefined);
    await Promise.all(own.map((exec) => this.#options.killer.signal(exec, SIGKILL)));
  }

  async #launch(exec: ExecRecord, options: StartOptions): Promise<Started> {
    const { id } = exec;
    if (exec.state === 'ended') throw fail('EXEC_STARTED', `error: exec command ${id} has already run`);
    if (exec.state !== 'created') throw fail('EXEC_STARTED', `error: exec command ${id} is already running`);
    const container = this.#options.store.get(exec.container);
    checkRunning(container);
    exec.state = 'starting';
    if (!options.detach) options.onAccept?.(exec.request.tty);
    this.#publish(`exec_start: ${exec.request.command.join(' ')}`, exec);
    const { tty } = exec.request;
    const request = options.consoleSize && tty ? { ...exec.request, consoleSize: options.consoleSize } : exec.request;
    try {
      const started = await this.#options.starter.start(container, exec, request, options.detach);
      this.#supervise(exec, started.process);
      return started;
    } catch (error) {
      exec.state = 'ended';
      exec.exitCode = failedCode(messageOf(error));
      exec.endedAt = this.#options.clock.now();
      exec.started.resolve();
      exec.over.resolve();
      this.#removeGroup(exec);
      if (exec.request.group !== undefined) this.#table.remove(id);
      throw error;
    }
  }

  #supervise(exec: ExecRecord, process: ContainerProcess): void {
    exec.state = 'running';
    exec.process = process;
    exec.started.resolve();
    process.exited
      .then((exit) => this.#ended(exec, exit.code))
      .catch((error: unknown) => {
        this.#options.logger.warn('exec lost', { exec: exec.id, error: messageOf(error) });
        this.#ended(exec, LOST);
      });
  }

  #ended(exec: ExecRecord, code: number): void {
    Object.assign(exec, { state: 'ended', exitCode: code, process: undefined, endedAt: this.#options.clock.now() });
    this.#publish('exec_die', exec, { exitCode: String(code) });
    exec.over.resolve();
    this.#removeFiles(exec.id);
    this.#removeGroup(exec);
    if (exec.request.group !== undefined) this.#table.remove(exec.id);
  }

  /** Nobody waits for it; what stays behind goes with the next start. */
  #removeFiles(id: string): void {
    this.#options.starter
      .removeFiles(id)
      .catch((error: unknown) => this.#options.logger.warn('exec', { exec: id, error: messageOf(error) }));
  }

  #removeGroup(exec: ExecRecord): void {
    this.#options.killer
      .removeGroup(exec)
      .catch((error: unknown) => this.#options.logger.warn('exec', { exec: exec.id, error: messageOf(error) }));
  }

  /**
   * Sends a signal (empty for SIGKILL) to a command and everything that descends from it, also to what a command that
   * ended has left behind. `key` may be the beginning of its ID. Throws NO_SUCH_EXEC, EXEC_NOT_RUNNING, BAD_CONFIG.
   */
  async kill(key: string, { signal }: { readonly signal: string }): Promise<void> {
    const exec = this.#table.match(key);
    const number = signal === '' ? SIGKILL : parseSignal(signal);
    if (exec.state === 'starting') await exec.started.promise;
    const reached = await this.#options.killer.signal(exec, number);
    if (reached === 0) throw fail('EXEC_NOT_RUNNING', `exec process is not running: ${exec.id}`);
    this.#publish('exec_kill', exec, { signal: String(number) });
    if (number === SIGKILL && exec.state === 'running') await patience(exec.over.promise, KILL_PATIENCE);
  }

  /**
   * Ties a command to its client, who must do this before the start: when `signal` aborts, it is killed with everything that
   * descends from it. `over` resolves when it has ended, for whatever reason. Throws NO_SUCH_EXEC, EXEC_STARTED.
   */
  async leash(
    id: string,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<{ over: Promise<{ ExitCode: number | null }> }> {
    const exec = this.#table.get(id);
    if (exec.state !== 'created') throw fail('EXEC_STARTED', `error: exec command ${id} is already running`);
    exec.leashed = true;
    const gone = () => void this.#letGo(exec);
    if (signal.aborted) gone();
    else signal.addEventListener('abort', gone, { once: true });
    const over = exec.over.promise.then(() => {
      signal.removeEventListener('abort', gone);
      return { ExitCode: exec.exitCode };
    });
    return { over };
  }

  async #letGo(exec: ExecRecord): Promise<void> {
    try {
      if (exec.state === 'created') {
        this.#table.remove(exec.id);
        exec.over.resolve();
      }
      if (exec.state === 'starting') await exec.started.promise;
      if (exec.state === 'running') await this.kill(exec.id, { signal: '' });
    } catch (error) {
      this.#options.logger.warn('exec of a client that left', { exec: exec.id, error: messageOf(error) });
    }
  }

  /** Throws NO_SUCH_EXEC, EXEC_NOT_RUNNING. */
  async resize(id: string, size: { readonly height: number; readonly width: number }): Promise<void> {
    const exec = this.#table.get(id);
    await patience(exec.started.promise, RESIZE_PATIENCE);
    if (!exec.process) throw fail('EXEC_NOT_RUNNING', `exec process is not running: ${id}`);
    exec.process.resize(size.height, size.width);
  }

  async inspect(id: string): Promise<ExecInspect> {
    return inspectExec(this.#table.get(id));
  }

  #publish(action: string, { id, container, request }: ExecRecord, more: Record<string, string> = {}): void {
    const { store, events } = this.#options;
    const record = store.find(container);
    const attributes = { ...(record ? eventAttributes(record) : {}), execID: id, ...more };
    // Those of the engine's own commands come by the thousand: they are told, and not kept.
    events.publish('container', action, container, attributes, request.group === undefined);
  }

  /** After a restart of the engine: commands that still run are taken over again, the ends of others are written down. */
  async resume(): Promise<void> {
    const { starter } = this.#options;
    await Promise.all(
      readdirSync(starter.root).map(async (id) => {
        const written = readWritten(join(starter.directory(id), EXEC_FILE));
        const known = written && this.#options.store.find(written.container);
        const found = known ? await findAgain(starter.directory(id)) : undefined;
        if (written && found) this.#resumeOne(newExec(id, written.container, written.request), found, written.leashed);
        else this.#removeFiles(id);
      }),
    );
  }

  #resumeOne(exec: ExecRecord, found: ContainerProcess | ExitRecord, leashed = false): void {
    this.#table.add(exec, this.#options.clock.now());
    exec.started.resolve();
    if ('exited' in found) {
      this.#supervise(exec, found);
      // Its client was connected to the engine that is gone.
      if (leashed) void this.#letGo(exec);
    } else this.#ended(exec, found.code);
  }

  /** Lets go of all commands; they run on. */
  release(): void {
    for (const { process } of this.#table.all()) process?.release();
  }
}

/** Resolves with the promise, or after so many milliseconds. */
async function patience(promise: Promise<void>, milliseconds: number): Promise<void> {
  const timer = Promise.withResolvers<void>();
  const timeout = setTimeout(timer.resolve, milliseconds);
  await Promise.race([promise, timer.promise]);
  clearTimeout(timeout);
}

function checkRunning(container: ContainerRecord): void {
  const { id, state } = container;
  if (state.status === 'restarting') {
    throw fail('NOT_RUNNING', `Container ${id} is restarting, wait until the container is running`);
  }
  if (state.status !== 'running') throw notRunning(container);
  if (state.paused) throw fail('PAUSED', `Container ${id} is paused, unpause the container before exec`);
}

/** Docker's exit codes for what could not be started. */
function failedCode(message: string): number {
  return /executable file .*not found|no such file or directory/i.test(message) ? 127 : 126;
}

/** The stream of a command that could not be started: its output is why. */
function failedStream(message: string, tty: boolean): Duplex {
  const stream = new LateStream();
  const text = Buffer.from(`${message}\r\n`);
  stream.push(tty ? text : Buffer.concat([frameHeader(1, text.length), text]));
  stream.giveUp();
  return stream;
}

/** What an engine writes down of a command that it starts. */
interface Written {
  readonly container: string;
  readonly request: ExecRequest;
  readonly leashed?: boolean;
}

/** What an engine wrote down of a command that it started; undefined when it was cut short. */
function readWritten(path: string): Written | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Written;
  } catch {
    return undefined;
  }
}
