import { messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import { encodeProgram } from '../program/encode.ts';
import type { CellFailure } from '../program/op-runner.ts';
import type { Program } from '../program/step.ts';
import { type CellStreams, type SpawnedCell, spawnCell } from './cell.spawn.ts';
import { CellLines, type CellMessage } from './cell-messages.ts';

/** Strerror texts for what users meet; others are shown as numbers. */
const ERRNO_TEXT: Readonly<Record<number, string>> = {
  1: 'operation not permitted',
  2: 'no such file or directory',
  5: 'input/output error',
  8: 'exec format error',
  12: 'cannot allocate memory',
  13: 'permission denied',
  16: 'device or resource busy',
  17: 'file exists',
  19: 'no such device',
  20: 'not a directory',
  21: 'is a directory',
  22: 'invalid argument',
  28: 'no space left on device',
  30: 'read-only file system',
  36: 'file name too long',
  38: 'function not implemented',
  40: 'too many levels of symbolic links',
};

/** The text of an errno as C libraries and Go print it. */
export function errnoText(errno: number): string {
  return ERRNO_TEXT[errno] ?? `errno ${errno}`;
}

/** The error that a cell's failure line becomes. */
export function operationFailed(failure: CellFailure): Error {
  const hint = failure.hint ? ` (${failure.hint})` : '';
  const path = failure.path ? ` ${failure.path}` : '';
  const message = `${failure.op}: ${failure.syscall}${path}: ${errnoText(failure.errno)}${hint}`;
  return fail('OPERATION_FAILED', message, { details: { ...failure } });
}

interface Pending {
  readonly answers: Buffer[];
  resolve(result: { answers: Buffer[]; last: CellMessage }): void;
  reject(error: Error): void;
}

/**
 * One cell: programs go in, in order; each is answered by `done`, `running` (the last step was RUN) or a failure.
 * After RUN the cell is a monitor and only tells of the end.
 */
export class Cell {
  readonly pid: number;
  /** Resolves when the cell's process is gone. */
  readonly gone: Promise<void>;
  /** The process id of the child, once CLONE was performed. */
  childPid = 0;
  /** Called once, when the control connection is lost or closed. */
  onClosed: () => void = () => {};
  readonly #spawned: SpawnedCell;
  readonly #lines = new CellLines();
  readonly #pending: Pending[] = [];
  /** What came before anybody listened: a container can end in the same moment in which it is told to run. */
  readonly #unheard: CellMessage[] = [];
  #listener: ((message: CellMessage) => void) | undefined;
  #closed = false;

  /**
   * Takes over a cell that was spawned, or starts one from the program at this path. `streams` are for what is executed
   * without streams of its own; nobody else needs them.
   */
  constructor(from: string | SpawnedCell, streams?: CellStreams) {
    this.#spawned = typeof from === 'string' ? spawnCell(from, streams) : from;
    this.pid = this.#spawned.pid;
    this.gone = this.#spawned.gone;
    const { control } = this.#spawned;
    control.on('data', (chunk: Buffer) => this.#receive(chunk));
    control.on('error', () => this.#lost());
    control.on('close', () => this.#lost());
    control.on('end', () => this.#lost());
  }

  /** Called for every message that is not the answer to a program, those that came earlier included. */
  set onMessage(listener: (message: CellMessage) => void) {
    this.#listener = listener;
    for (const message of this.#unheard.splice(0)) listener(message);
  }

  /** Whether the connection still stands. */
  get alive(): boolean {
    return !this.#closed;
  }

  /** Performs one program. Throws OPERATION_FAILED or CELL_LOST. */
  perform(program: Program): Promise<{ answers: readonly Buffer[]; last: CellMessage }> {
    if (this.#closed) return Promise.reject(fail('CELL_LOST', 'the cell is gone'));
    return new Promise((resolve, reject) => {
      this.#pending.push({ answers: [], resolve, reject });
      this.#spawned.control.write(encodeProgram(program));
    });
  }

  /** Sends a request to a monitor. */
  send(message: Uint8Array): void {
    if (!this.#closed) this.#spawned.control.write(message);
  }

  /** Hangs up: a cell that is not a monitor yet kills its child and ends; a monitor goes on alone. */
  close(): void {
    this.#spawned.control.destroy();
    this.#lost();
  }

  /** Lets the engine's event loop end although the connection is open. */
  unref(): void {
    this.#spawned.control.unref();
  }

  #receive(chunk: Buffer): void {
    let messages: CellMessage[];
    try {
      messages = this.#lines.push(chunk);
    } catch (error) {
      this.#lost(messageOf(error));
      return;
    }
    for (const message of messages) this.#take(message);
  }

  #take(message: CellMessage): void {
    const pending = this.#pending[0];
    if (message.event === 'child') this.childPid = message.pid;
    if (message.event === 'answer') pending?.answers.push(Buffer.from(message.hex, 'hex'));
    else if (pending && (message.event === 'done' || message.event === 'running')) {
      this.#pending.shift();
      pending.resolve({ answers: pending.answers, last: message });
    } else if (pending && message.event === 'failed') {
      this.#pending.shift();
      pending.reject(operationFailed(message));
    } else if (this.#listener) this.#listener(message);
    else if (message.event !== 'child') this.#unheard.push(message);
  }

  #lost(why = 'the connection to the cell was lost'): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pending of this.#pending.splice(0)) pending.reject(fail('CELL_LOST', why));
    this.onClosed();
  }
}
