import { existsSync } from 'node:fs';
import { messageOf } from '@wharf/kit';
import { type OpRunner, onHost } from '@wharf/linux';
import { fail } from '../../errors.ts';
import type { Encoded } from '../drivers/driver.ts';
import type { Sink } from './sink.ts';

/** Bytes of datagrams in one program of the cell. */
const PROGRAM_BYTES = 1024 * 1024;

/** Datagrams to a unix socket, which Node cannot send: the runner's cell does it, without ever waiting for the receiver. */
export class DatagramSink implements Sink {
  readonly #paths: readonly string[];
  readonly #runner: OpRunner;
  readonly #missing: string;
  /** Parts of the present batch that were sent before one failed. */
  #sent = 0;
  #batch: Encoded | undefined;

  /** `missing` is said when none of the sockets is there. */
  constructor(paths: readonly string[], runner: OpRunner, missing: string) {
    this.#paths = paths;
    this.#runner = runner;
    this.#missing = missing;
  }

  connect(): Promise<void> {
    return Promise.resolve(void this.#path());
  }

  #path(): string {
    const path = this.#paths.find((each) => existsSync(each));
    if (path === undefined) throw fail('LOG_RECEIVER', this.#missing);
    return path;
  }

  async send(batch: Encoded, taken: () => void): Promise<void> {
    const path = this.#path();
    if (this.#batch !== batch) this.#sent = 0;
    this.#batch = batch;
    while (this.#sent < batch.parts.length) {
      const steps = [];
      let bytes = 0;
      for (const part of batch.parts.slice(this.#sent)) {
        bytes += part.length;
        if (steps.length > 0 && bytes > PROGRAM_BYTES) break;
        steps.push(onHost({ op: 'DATAGRAM', path, data: part }));
      }
      try {
        await this.#runner.run(steps);
        this.#sent += steps.length;
      } catch (error) {
        const { index } = (error as { details?: { index?: number } }).details ?? {};
        this.#sent += index ?? 0;
        throw fail('LOG_RECEIVER', `write ${path}: ${messageOf(error)}`);
      }
    }
    taken();
  }

  close(): void {}
}
