import { Worker } from 'node:worker_threads';
import { type Logger, messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import type { AnyJob, JobName, Jobs, Reply } from './messages.ts';
import { Transfer } from './transfer.ts';

export interface ArchiveWorkersOptions {
  /** The worker's program. */
  readonly workerUrl: URL;
  /** The most threads at a time. */
  readonly size?: number;
  /** Milliseconds after which threads without work end; their memory counts against the engine's. */
  readonly idleMs?: number;
  /** Told of threads that end in the middle of their work. */
  readonly logger?: Logger;
}

const SIZE = 2;
const IDLE = 5_000;

/** One thread with the transfers that it works on, by turns. */
class Lane {
  readonly transfers = new Map<number, Transfer>();
  readonly worker: Worker;

  constructor(url: URL, onGone: (lane: Lane) => void, logger: Logger | undefined) {
    const execArgv = ['--disable-warning=ExperimentalWarning'];
    this.worker = new Worker(url, { name: 'wharf-archive', execArgv, stdin: false });
    this.worker.on('message', (reply: Reply) => this.transfers.get(reply.id)?.reply(reply));
    const lost = (why: string) => {
      onGone(this);
      const transfers = [...this.transfers.values()];
      this.transfers.clear();
      if (transfers.length > 0)
        logger?.error('the thread that copies files has ended', { why, copies: transfers.length });
      const error = fail('COPY_FAILED', `the thread that copies files has ended: ${why}`);
      for (const transfer of transfers) transfer.lost(error);
    };
    this.worker.on('error', (error) => lost(messageOf(error)));
    this.worker.on('exit', (code) => lost(`exit code ${code}`));
  }
}

/**
 * Threads that read and write containers' files. Each takes any number of transfers, in small steps, so that a client
 * that does not read keeps nobody else waiting; they start when there is work and end when there is none.
 */
export class ArchiveWorkers {
  readonly #options: ArchiveWorkersOptions;
  readonly #lanes = new Set<Lane>();
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ArchiveWorkersOptions) {
    this.#options = options;
  }

  /** Threads that exist now. */
  get threads(): number {
    return this.#lanes.size;
  }

  /** Begins a job; resolves with what it says first. The transfer must be closed. Throws what the job throws. */
  async begin<Name extends JobName>(
    name: Name,
    request: Jobs[Name]['request'],
  ): Promise<{ readonly answer: Jobs[Name]['answer']; readonly transfer: Transfer }> {
    clearTimeout(this.#timer);
    const lane = this.#lane();
    lane.worker.ref();
    this.#last += 1;
    const id = this.#last;
    const transfer = new Transfer(
      id,
      (message) => lane.worker.postMessage(message),
      () => {
        lane.transfers.delete(id);
        this.#rest(lane);
      },
    );
    lane.transfers.set(id, transfer);
    try {
      // Which answer belongs to which job is written down in Jobs.
      const answer = (await transfer.open({ name, request } as AnyJob)) as Jobs[Name]['answer'];
      return { answer, transfer };
    } catch (error) {
      await transfer.close();
      throw error;
    }
  }

  /** A job that is done with its first answer. */
  async ask<Name extends JobName>(name: Name, request: Jobs[Name]['request']): Promise<Jobs[Name]['answer']> {
    const { answer, transfer } = await this.begin(name, request);
    await transfer.close();
    return answer;
  }

  #lane(): Lane {
    const lanes = [...this.#lanes].sort((one, other) => one.transfers.size - other.transfers.size);
    const least = lanes[0];
    if (least && (least.transfers.size === 0 || lanes.length >= (this.#options.size ?? SIZE))) return least;
    const lane = new Lane(this.#options.workerUrl, (gone) => this.#lanes.delete(gone), this.#options.logger);
    this.#lanes.add(lane);
    return lane;
  }

  #rest(lane: Lane): void {
    if (lane.transfers.size > 0) return;
    lane.worker.unref();
    if ([...this.#lanes].some(({ transfers }) => transfers.size > 0)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.stop(), this.#options.idleMs ?? IDLE);
    this.#timer.unref();
  }

  /** Ends the threads; transfers under way fail. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    const lanes = [...this.#lanes];
    this.#lanes.clear();
    await Promise.all(lanes.map((lane) => lane.worker.terminate()));
  }
}
