import { closeSync, constants, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { Cell, type CellEnd, onHost, type Program } from '@wharf/linux';
import type { OciNamespaceType, OciProcess } from '@wharf/spec';
import { fail } from '../errors.ts';
import { type ExecPlan, lowerExec, lowerExecListen } from '../lower/exec.ts';
import { startError } from '../start-error.ts';
import { namespaceFiles } from '../supervise/namespace-files.ts';
import type { Hook, Hooks } from './hook.ts';

/** What is kept of a hook's output, in bytes. */
const MAX_OUTPUT = 64 * 1024;
/** How often its output is fetched (milliseconds). */
const LOOK = 20;
const S_IFIFO = 0o010000;
const SIGKILL = 9;
/** A container whose root is its root by now, before its program is executed. */
export interface InsidePlace {
  /** The program of cells, as of CellRunner.sealedPath. */
  readonly cell: string;
  /** A directory of the engine's own; one is made in it, and removed again. */
  readonly directory: string;
  /** Of the process that waits, on the host. */
  readonly pid: number;
  /** It is in a user namespace that is not ours. */
  readonly user: boolean;
  /** The container's process: the hook is what it is, with the same rights. */
  readonly process: OciProcess;
  readonly cgroup: ExecPlan['cgroup'];
  readonly filter: Uint8Array | undefined;
  /** Adds to the hook's program what confines it further. */
  readonly confine?: (program: Program) => Program;
}

/** The hook in place of the container's program: its user, capabilities and limits stay. */
function processOf({ path, args, env }: Hook, process: OciProcess): OciProcess {
  return { ...process, terminal: false, cwd: '/', args: [path, ...args.slice(1)], env };
}

/** Bytes that are there now; 0 when there are none, or no writer. */
function readSome(fd: number, target: Buffer): number {
  try {
    return readSync(fd, target);
  } catch {
    return 0;
  }
}

/** Named pipes: whatever the program does with what it is given, it gets at nothing of the host's. */
class Pipes {
  readonly #directory: string;
  readonly #open: number[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Descriptors for the program: standard input, which has `input` in it, and one for output. */
  start(input: string): { readonly stdin: number; readonly stdout: number; close(): void } {
    // Neither opening waits: somebody has the other end. The program's own descriptors are ordinary, blocking ones.
    const feed = this.#at('in', constants.O_RDWR | constants.O_NONBLOCK);
    if (writeSync(feed, input) < Buffer.byteLength(input)) {
      throw fail('HOOK_FAILED', 'the state of the container is too long');
    }
    const [stdin, stdout] = [this.#at('in', constants.O_RDONLY), this.#at('out', constants.O_WRONLY)];
    const close = () => {
      for (const fd of [feed, stdin, stdout]) {
        this.#open.splice(this.#open.indexOf(fd), 1);
        closeSync(fd);
      }
    };
    return { stdin, stdout, close };
  }

  #at(name: string, mode: number): number {
    const fd = openSync(join(this.#directory, name), mode);
    this.#open.push(fd);
    return fd;
  }

  /** Collects what is written, so that the program never waits for long; `end` gives it all. */
  collect(): { end(): string } {
    const fd = this.#at('out', constants.O_RDONLY | constants.O_NONBLOCK);
    const block = Buffer.alloc(MAX_OUTPUT);
    const parts: Buffer[] = [];
    let room = MAX_OUTPUT;
    const drain = () => {
      for (let count = readSome(fd, block); count > 0; count = readSome(fd, block)) {
        parts.push(Buffer.from(block.subarray(0, Math.min(count, room))));
        room -= Math.min(count, room);
      }
    };
    const timer = setInterval(drain, LOOK);
    return {
      end: () => {
        clearInterval(timer);
        drain();
        return Buffer.concat(parts).toString().trimEnd();
      },
    };
  }

  close(): void {
    for (const fd of this.#open.splice(0)) closeSync(fd);
  }
}

/** Runs one hook to its end. */
async function runOne(hook: Hook, input: string, place: InsidePlace, directory: string): Promise<string | undefined> {
  const pipes = new Pipes(directory);
  const maker = new Cell(place.cell);
  try {
    const fifo = (path: string) =>
      onHost({ op: 'MKNOD', path, mode: S_IFIFO | 0o600, major: 0, minor: 0, uid: 0, gid: 0 });
    await maker.perform([onHost({ op: 'ROOT', path: directory }), ...['in', 'out', 'gate'].map(fifo)]);
  } finally {
    maker.close();
    await maker.gone;
  }
  const output = pipes.collect();
  let cell: Cell | undefined;
  let end: CellEnd | undefined;
  try {
    const given = pipes.start(input);
    cell = new Cell(place.cell, [given.stdin, given.stdout, given.stdout]);
    given.close();
    end = await enter(cell, hook, place, directory);
    const said = output.end();
    if (end === undefined) return `hook ran past specified timeout of ${(hook.timeout ?? 0) / 1000}s`;
    if (end.code === 0) return undefined;
    const how = end.signal > 0 ? `signal: ${end.signal}` : `exit status ${end.code}`;
    return `${how}, output: ${said}`;
  } finally {
    output.end();
    pipes.close();
    if (cell) await endCell(cell, end === undefined);
  }
}

/** How it ended; undefined when it took too long. */
async function enter(cell: Cell, hook: Hook, place: InsidePlace, directory: string): Promise<CellEnd | undefined> {
  const gate = join(directory, 'gate');
  const held: { readonly type: OciNamespaceType; readonly fd: number }[] = [];
  try {
    for (const [type, file] of namespaceFiles(place.user))
      held.push({ type, fd: openSync(`/proc/${place.pid}/ns/${file}`, 'r') });
    const namespaces = held.map(({ type, fd }) => ({ type, path: `/proc/${process.pid}/fd/${fd}` }));
    await cell.perform(lowerExecListen(directory));
    const plan = { process: processOf(hook, place.process), namespaces, cgroup: place.cgroup, filter: place.filter };
    const program = lowerExec({
      ...plan,
      output: true,
      input: true,
      held: { gate, console: undefined, monitor: true },
    });
    await cell.perform(place.confine?.(program) ?? program).catch((error: unknown) => {
      throw startError(error, 'exec');
    });
  } finally {
    for (const { fd } of held.splice(0)) closeSync(fd);
  }
  const { promise, resolve, reject } = Promise.withResolvers<CellEnd | undefined>();
  cell.onMessage = (message) => {
    if (message.event === 'exited') resolve(message);
  };
  cell.onClosed = () => reject(fail('HOOK_FAILED', 'the monitor of a hook is gone'));
  const timer = hook.timeout === undefined ? undefined : setTimeout(() => resolve(undefined), hook.timeout);
  const fd = openSync(gate, constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(fd, 'x');
  closeSync(fd);
  return await promise.finally(() => clearTimeout(timer));
}

/** `running`: the ID of the child is still its own. */
async function endCell(cell: Cell, running: boolean): Promise<void> {
  cell.onClosed = () => {};
  for (const pid of [running ? cell.childPid : 0, cell.pid]) {
    try {
      if (pid > 0) kill(pid, SIGKILL);
    } catch {
      // It is gone.
    }
  }
  cell.close();
  await cell.gone;
}

/**
 * Runs the startContainer hooks, which are programs of the container's files: in its namespaces and control groups, with
 * the rights that its process will have and no others, so that an image cannot make more of them than of its own program.
 * Throws HOOK_FAILED at the first that fails.
 */
export async function runStartHooks(hooks: Hooks, input: string, place: InsidePlace): Promise<void> {
  for (const [at, hook] of hooks.startContainer.entries()) {
    const directory = join(place.directory, `hook-${at}`);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { mode: 0o700 });
    const label = `error running startContainer hook #${at}: `;
    try {
      const why = await runOne(hook, input, place, directory);
      if (why !== undefined) throw fail('HOOK_FAILED', `${label}${why}`);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}
