import type { Duplex } from 'node:stream';
import { type Cell, type CellEnd, CellLines, type CellMessage, encodeMessage, MESSAGE } from '@wharf/linux';
import { fail } from '../errors.ts';
import { connectAttach, connectControl } from './connect.ts';
import { type ExitRecord, readExitRecord, recordOf } from './exit-record.ts';

/** The connection to a monitor. */
interface Link {
  send(message: Uint8Array): void;
  /** Hangs up without taking that for the container's end. */
  drop(): void;
}

/**
 * A running container as the engine holds it: through the cell that it has just started, or through a connection to a
 * monitor that it found again. `exited` resolves once, with the record; it rejects with CONTAINER_LOST when the monitor
 * vanished without one.
 */
export class ContainerProcess {
  readonly pid: number;
  readonly directory: string;
  readonly exited: Promise<ExitRecord>;
  readonly #link: Link;
  #signal: ((number: number) => void) | undefined;

  private constructor(pid: number, directory: string, link: Link, exited: Promise<ExitRecord>) {
    this.pid = pid;
    this.directory = directory;
    this.#link = link;
    this.exited = exited;
    // Whoever waits learns of a rejection; before anybody does, it must not end the engine.
    exited.catch(() => {});
  }

  /** Takes over a cell that has just answered `running`. */
  static adopt(cell: Cell, directory: string): ContainerProcess {
    const exited = new Promise<ExitRecord>((resolve, reject) => {
      const end = (told?: CellEnd) => settle(directory, told, resolve, reject);
      cell.onClosed = () => end();
      cell.onMessage = (message) => {
        if (message.event === 'exited') end(message);
      };
      if (!cell.alive) end();
    });
    const drop = () => {
      cell.onClosed = () => {};
      cell.onMessage = () => {};
      cell.close();
    };
    return new ContainerProcess(cell.childPid, directory, { send: (message) => cell.send(message), drop }, exited);
  }

  /** Finds a container again after the engine was away. Undefined when neither monitor nor record are there. */
  static async reconnect(directory: string): Promise<ContainerProcess | ExitRecord | undefined> {
    const before = readExitRecord(directory);
    if (before) return before;
    const socket = await connectControl(directory).catch(() => undefined);
    if (!socket) return readExitRecord(directory);
    const lines = new CellLines();
    return new Promise((resolve) => {
      let known = false;
      let end = (told?: CellEnd) => resolve(readExitRecord(directory) ?? (told && recordOf(told)));
      const take = (message: CellMessage) => {
        if (message.event === 'exited') end(message);
        if (message.event !== 'running' || known) return;
        known = true;
        const exited = new Promise<ExitRecord>((done, lost) => {
          end = (told) => settle(directory, told, done, lost);
        });
        const drop = () => {
          end = () => {};
          socket.destroy();
        };
        resolve(new ContainerProcess(message.pid, directory, { send: (bytes) => socket.write(bytes), drop }, exited));
      };
      socket.on('data', (chunk: Buffer) => {
        try {
          lines.push(chunk).forEach(take);
        } catch (error) {
          socket.destroy(error instanceof Error ? error : undefined);
        }
      });
      socket.on('error', () => end());
      socket.on('close', () => end());
      socket.on('end', () => socket.destroy());
    });
  }

  /** Sends a signal to the first process of the container. */
  signal(number: number): void {
    if (this.#signal) {
      this.#signal(number);
      return;
    }
    const payload = Buffer.alloc(4);
    payload.writeUInt32LE(number);
    this.#link.send(encodeMessage(MESSAGE.signal, payload));
  }

  /** Sets the size of the terminal, in character cells. */
  resize(rows: number, columns: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt16LE(rows & 0xffff, 0);
    payload.writeUInt16LE(columns & 0xffff, 2);
    this.#link.send(encodeMessage(MESSAGE.resize, payload));
  }

  /**
   * The same seen as what it stands for: the monitor's child is a runtime in the foreground, and signals are for the
   * process that it runs. `exited` is this one's, changed by `change`.
   */
  behind(
    pid: number,
    signal: (number: number) => void,
    change: (record: ExitRecord) => Promise<ExitRecord>,
  ): ContainerProcess {
    const seen = new ContainerProcess(pid, this.directory, this.#link, this.exited.then(change));
    seen.#signal = signal;
    return seen;
  }

  /** Lets go of the container, which runs on; `exited` then never settles. For an engine that stops. */
  release(): void {
    this.#link.drop();
  }

  /** See `connectAttach`. */
  attach(want: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }): Promise<Duplex> {
    return connectAttach(this.directory, want);
  }
}

/** The record on disk is the truth; on a full disk there is none, and what the monitor told has to do. */
function settle(
  directory: string,
  told: CellEnd | undefined,
  resolve: (record: ExitRecord) => void,
  reject: (error: Error) => void,
): void {
  const record = readExitRecord(directory) ?? (told && recordOf(told));
  if (record) resolve(record);
  else reject(fail('CONTAINER_LOST', 'the monitor of the container is gone and left no exit record'));
}
