import type { UnpackResult } from '@wharf/tar';
import { fail } from '../errors.ts';
import { Slots } from '../pull/slots.ts';
import { Lane } from './lane.ts';
import type { JobName, Jobs } from './messages.ts';

/** Bytes that are collected before they are sent to a worker: one message costs as much as copying a few kilobytes. */
const BATCH = 256 * 1024;

const NAME = 'wharf-layers';

export interface LayerWorkersOptions {
  /** The worker's program. */
  readonly workerUrl: URL;
  /** The most threads at a time. */
  readonly size: number;
  /** Milliseconds after which a thread without work ends; its memory counts against the engine's. */
  readonly idleMs?: number;
}

/** Threads for everything about layers that blocks: unpacking, removing, counting. Started when there is work. */
export class LayerWorkers {
  readonly #options: LayerWorkersOptions;
  readonly #lanes = new Set<Lane>();
  readonly #slots: Slots;
  #busy = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: LayerWorkersOptions) {
    this.#options = options;
    this.#slots = new Slots(options.size);
  }

  /** Threads that exist now. */
  get threads(): number {
    return this.#lanes.size;
  }

  /** Begins to start a thread, if there is none: that takes as long as fetching an image's documents. */
  warm(): void {
    if (this.#stopped || this.#busy > 0 || this.#lanes.size > 0) return;
    this.#rest(new Lane(this.#options.workerUrl, NAME));
  }

  /** Does a job that needs nothing but its request. Until it has a thread the signal can call it off (PULL_CANCELLED). */
  async run<Name extends Exclude<JobName, 'unpack'>>(
    name: Name,
    request: Jobs[Name]['request'],
    signal?: AbortSignal,
  ): Promise<Jobs[Name]['answer']> {
    return await this.#with(signal, (lane) => lane.begin(name, request));
  }

  /**
   * Unpacks the archive that `source` yields into the empty directory. An error of the source is thrown as it is. Until
   * there is a thread the signal can call it off (PULL_CANCELLED); afterwards the source must end when it aborts.
   */
  async unpack(target: string, source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<UnpackResult> {
    return await this.#with(signal, async (lane) => {
      const result = lane.begin('unpack', { target });
      result.catch(() => {});
      try {
        for await (const batch of batches(source)) {
          await lane.send(batch);
          if (!lane.busy) break;
        }
      } catch (error) {
        lane.abort();
        await result.catch(() => {});
        throw error;
      }
      if (lane.busy) lane.end();
      return await result;
    });
  }

  async #with<T>(signal: AbortSignal | undefined, work: (lane: Lane) => Promise<T>): Promise<T> {
    const release = await this.#slots.take(signal, () => {});
    this.#busy += 1;
    try {
      if (this.#stopped) throw fail('WORKER_FAILED', 'the image store is stopped');
      return await this.#on(this.#take(), work);
    } finally {
      this.#busy -= 1;
      release();
    }
  }

  async #on<T>(lane: Lane, work: (lane: Lane) => Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    try {
      return await work(lane);
    } finally {
      if (lane.alive && !this.#stopped) this.#rest(lane);
      else await lane.terminate();
    }
  }

  #take(): Lane {
    for (const lane of this.#lanes) {
      this.#lanes.delete(lane);
      if (lane.alive) return lane;
    }
    return new Lane(this.#options.workerUrl, NAME);
  }

  #rest(lane: Lane): void {
    lane.rest();
    this.#lanes.add(lane);
    this.#timer = setTimeout(() => this.#endIdle(), this.#options.idleMs ?? 5_000);
    this.#timer.unref();
  }

  #endIdle(): void {
    for (const lane of this.#lanes) lane.terminate().catch(() => {});
    this.#lanes.clear();
  }

  /** Ends the idle threads; running jobs end theirs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const idle = [...this.#lanes];
    this.#lanes.clear();
    await Promise.all(idle.map((lane) => lane.terminate()));
  }
}

/** Copies chunks together into buffers of their own, which can be handed to another thread. */
async function* batches(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let batch = new Uint8Array(BATCH);
  let used = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const take = Math.min(BATCH - used, chunk.length - at);
      batch.set(chunk.subarray(at, at + take), used);
      used += take;
      at += take;
      if (used < BATCH) continue;
      yield batch;
      batch = new Uint8Array(BATCH);
      used = 0;
    }
  }
  if (used > 0) yield batch.subarray(0, used);
}
