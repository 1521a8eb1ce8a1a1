import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processStat } from '@wharf/kit';
import type { OpRunner } from '../program/op-runner.ts';
import { onHost, type Program } from '../program/step.ts';
import { Cell } from './cell.ts';
import { connectSocket } from './connect-socket.ts';

/** How often, and how many times, a cell that hung up is looked for (milliseconds): it ends in no time or is a monitor. */
const LOOK = 2;
const LOOKS = 500;

/** Starts cells. */
export interface CellNursery {
  /** A new cell; `directory` is for its control socket while it connects. Throws OPERATION_FAILED, CELL_LOST. */
  spawn(directory: string): Promise<Cell>;
}

/**
 * Performs host-side programs in one long-living cell, which is started when first needed and again if it is lost.
 * It also keeps the sealed copy of the cell program that all containers' cells are started from (CVE-2019-5736).
 */
export class CellRunner implements CellNursery, OpRunner {
  readonly #path: string;
  #cell: Cell | undefined;
  #sealed: Promise<string> | undefined;

  /** `path` is the cell program on disk. */
  constructor(path: string) {
    this.#path = path;
  }

  async run(program: Program): Promise<readonly Buffer[]> {
    if (program.length === 0) return [];
    return (await this.#current().perform(program)).answers;
  }

  /** The path to start cells from: the sealed copy, held open by the runner's own cell. */
  sealedPath(): Promise<string> {
    const cell = this.#current();
    this.#sealed ??= this.#seal(cell);
    return this.#sealed;
  }

  /**
   * The runner's own cell forks the new one: a small process, so that neither the engine's memory nor its thread pay.
   * The directory must be the engine's own, and nobody else may spawn in it meanwhile.
   */
  async spawn(directory: string): Promise<Cell> {
    await this.sealedPath();
    const [answer] = await this.run([onHost({ op: 'SPAWN', directory })]);
    try {
      const control = await connectSocket(directory, 'control');
      control.allowHalfOpen = false;
      const pid = answer?.readUInt32BE() ?? 0;
      // Not `once` of node:events: a connection that breaks is an end like any other.
      const closed = new Promise<void>((resolve) => control.once('close', () => resolve()));
      return new Cell({ pid, control, gone: closed.then(() => endOf(pid)) });
    } finally {
      rmSync(join(directory, 'control'), { force: true });
    }
  }

  async #seal(cell: Cell): Promise<string> {
    const sealed = new Promise<number>((resolve) => {
      cell.onMessage = (message) => {
        if (message.event === 'sealed') resolve(message.fd);
      };
    });
    await cell.perform([onHost({ op: 'SEAL' })]);
    return `/proc/${cell.pid}/fd/${await sealed}`;
  }

  #current(): Cell {
    if (this.#cell?.alive) return this.#cell;
    const cell = new Cell(this.#path);
    cell.unref();
    this.#cell = cell;
    this.#sealed = undefined;
    return cell;
  }

  /** Ends the runner's cell. */
  async close(): Promise<void> {
    const cell = this.#cell;
    this.#cell = undefined;
    cell?.close();
    await cell?.gone;
  }
}

/** Resolves when the process, which is nobody's child here, has ended; after a second in any case. */
async function endOf(pid: number): Promise<void> {
  for (let look = 0; look < LOOKS && isAlive(pid); look += 1) await delay(LOOK);
}

/** A process that its parent has not reaped yet counts as gone. */
function isAlive(pid: number): boolean {
  const stat = processStat(pid);
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X';
}
