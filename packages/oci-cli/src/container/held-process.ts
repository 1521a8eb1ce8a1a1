import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { kill } from 'node:process';
import { isCode, messageOf } from '@wharf/kit';
import { Cell, type CellEnd, encodeMessage, MESSAGE, onHost, type Program } from '@wharf/linux';
import { type Held, startError } from '@wharf/runtime';
import { fail } from '../errors.ts';
import type { Host } from './host.ts';

const S_IFIFO = 0o010000;

/** A socket's address holds 107 bytes; the directory is held open and named by its descriptor where that is not enough. */
function shortPath(path: string): { readonly path: string; close(): void } {
  if (Buffer.byteLength(path) <= 107) return { path, close: () => {} };
  const at = path.lastIndexOf('/');
  const fd = openSync(path.slice(0, at) || '/', constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/${process.pid}/fd/${fd}/${path.slice(at + 1)}`, close: () => closeSync(fd) };
}

/**
 * A process that waits to be executed, and the cell that made it. Its streams are ours. It is let go, and is then
 * whose ever the caller arranged to be (the nearest subreaper's), or stays with the cell as its monitor.
 */
export class HeldProcess {
  readonly gate: string;
  readonly #cell: Cell;
  readonly #monitor: boolean;
  readonly #console: { readonly path: string; close(): void } | undefined;
  #ended: PromiseWithResolvers<CellEnd> = Promise.withResolvers();

  private constructor(cell: Cell, gate: string, options: { readonly monitor: boolean; readonly console?: string }) {
    this.#cell = cell;
    this.gate = gate;
    this.#monitor = options.monitor;
    this.#console = options.console === undefined ? undefined : shortPath(options.console);
    this.#ended.promise.catch(() => {});
  }

  /** Starts a cell and makes the gate, a named pipe in an existing directory. */
  static async prepare(
    host: Host,
    directory: string,
    gate: string,
    options: { readonly monitor: boolean; readonly console?: string },
  ): Promise<HeldProcess> {
    const cell = new Cell(await host.runner.sealedPath(), [0, 1, 2]);
    const held = new HeldProcess(cell, `${directory}/${gate}`, options);
    const place = { path: gate, mode: S_IFIFO | 0o600, major: 0, minor: 0, uid: 0, gid: 0 };
    await held.perform([onHost({ op: 'ROOT', path: directory }), onHost({ op: 'MKNOD', ...place })]);
    return held;
  }

  /** What the lowering has to know. */
  get held(): Held {
    return { gate: this.gate, console: this.#console?.path, monitor: this.#monitor };
  }

  get pid(): number {
    return this.#cell.childPid;
  }

  /** Performs a program. Throws OCI_START. */
  async perform(program: Program): Promise<void> {
    await this.#cell.perform(program).catch((error: unknown) => {
      throw plainError(error);
    });
  }

  /** The process waits at the gate: without a monitor the cell is ended, which the process survives there. */
  async settle(): Promise<void> {
    this.#console?.close();
    if (this.#monitor) {
      this.#cell.onMessage = (message) => {
        if (message.event === 'exited') this.#ended.resolve(message);
      };
      this.#cell.onClosed = () => this.#ended.reject(fail('OCI_START', 'the monitor is gone'));
      return;
    }
    kill(this.#cell.pid, 'SIGKILL');
    await this.#cell.gone;
  }

  /** How it ended; with a monitor only. */
  get ended(): Promise<CellEnd> {
    return this.#ended.promise;
  }

  /** Sends a signal, or the terminal's size, through the monitor. */
  signal(number: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32LE(number);
    this.#cell.send(encodeMessage(MESSAGE.signal, payload));
  }

  resize(rows: number, columns: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt16LE(rows & 0xffff, 0);
    payload.writeUInt16LE(columns & 0xffff, 2);
    this.#cell.send(encodeMessage(MESSAGE.resize, payload));
  }

  /** Lets the process go on, and removes the gate. */
  open(): void {
    const fd = openSync(this.gate, constants.O_WRONLY | constants.O_NONBLOCK);
    passGate(fd, this.gate);
  }

  /** Ends process and cell of a start that failed. */
  async discard(): Promise<void> {
    this.#console?.close();
    for (const pid of [this.pid, this.#cell.pid]) {
      try {
        if (pid > 0) kill(pid, 'SIGKILL');
      } catch {
        // It is gone.
      }
    }
    await this.#cell.gone;
  }
}

/** Lets whoever waits at the gate go on; `fd` is open for writing. The gate is there once. */
export function passGate(fd: number, gate: string): void {
  rmSync(gate, { force: true });
  writeSync(fd, 'x');
  closeSync(fd);
}

/** The error without the words that the engine's API puts around it. */
function plainError(error: unknown): Error {
  const text = messageOf(isCode(error, 'OPERATION_FAILED') ? startError(error, 'exec') : error);
  const words = text.replace(/^OCI runtime exec failed: exec failed: /, '').replace(/: unknown$/, '');
  return fail('OCI_START', words, { cause: error });
}
