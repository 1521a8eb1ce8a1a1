import type { OpRunner } from '../program/op-runner.ts';
import { onHost, type Program } from '../program/step.ts';
import { Cell } from './cell.ts';

/**
 * Performs host-side programs in one long-living cell, which is started when first needed and again if it is lost.
 * It also keeps the sealed copy of the cell program that all containers' cells are started from (CVE-2019-5736).
 */
export class CellRunner implements OpRunner {
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
