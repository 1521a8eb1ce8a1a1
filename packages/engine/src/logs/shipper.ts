import { messageOf } from '@wharf/kit';
import type { Shipment } from './drivers/driver.ts';
import { LogCursor } from './log-cursor.ts';
import { LogWatch } from './log-watch.ts';
import type { Sink } from './sinks/sink.ts';
import { type SpoolBatch, SpoolReader } from './spool-reader.ts';

/** What a container's output may be ahead of its receiver, and what then happens. */
export interface ShipperLimits {
  /** Bytes of the spool. */
  readonly bytes: number;
  /** `hold`: the container waits. `drop`: the oldest lines are left out. */
  readonly excess: 'hold' | 'drop';
}

export interface ShipperOptions {
  readonly spool: string;
  readonly cursor: string;
  readonly shipment: Shipment;
  readonly sink: Sink;
  readonly limits: ShipperLimits;
  /** Makes the container wait when it prints, until what is returned is called. */
  hold(): () => void;
  /** Says what a user should know, once for each trouble. */
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** How often a batch that hangs is looked after, and an idle log without news. Milliseconds. */
const LOOK_MS = 50;
const IDLE_MS = 1000;
/** How long a batch may take when sending is to end. */
const LAST_BATCH_MS = 1000;
/** The container goes on when this part of the limit is still waiting. */
const RELEASE_AT = 0.5;
/** The limit is looked at after so many batches. */
const MEASURE_EVERY = 64;

/**
 * Sends one container's log from the spool to its receiver. The position is kept in a file and moves on only when the
 * receiver's kernel (or the receiver, if it acknowledges) has the lines, so nothing is lost while the receiver or the
 * engine is away, as long as the spool holds it. One batch is in memory, however long the receiver hangs.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #reader: SpoolReader;
  readonly #cursor: LogCursor;
  readonly #watch: LogWatch;
  readonly #stop = new AbortController();
  /** Resolves when nothing is sent any more. */
  readonly done: Promise<void>;
  /** The container has ended: nothing is added any more. */
  #ended = false;
  #over = false;
  #release: (() => void) | undefined;
  #failures = 0;
  #batches = 0;
  #reportedLost = 0;

  constructor(options: ShipperOptions, ended: boolean) {
    this.#options = options;
    this.#ended = ended;
    this.#cursor = new LogCursor(options.cursor);
    this.#reader = new SpoolReader(options.spool, this.#cursor.load());
    this.#watch = new LogWatch(options.spool, IDLE_MS);
    this.done = this.#run().catch((error: unknown) =>
      options.warn('the log is no longer sent', { error: messageOf(error) }),
    );
  }

  /** Whether it still sends; one that is done is not used again. */
  get active(): boolean {
    return !this.#over;
  }

  /** Nothing is added any more; resolves when everything is sent, or after `stop`. */
  finish(): Promise<void> {
    this.#ended = true;
    this.#watch.wake();
    return this.done;
  }

  /** The container prints again. */
  goOn(): void {
    this.#ended = false;
  }

  /** Ends sending; the receiver may take the present batch to its end if it does so soon. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#watch.wake();
    const timer = setTimeout(() => this.#options.sink.close(), LAST_BATCH_MS);
    await this.done;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const watch = this.#watch;
    try {
      while (!signal.aborted) {
        // Asked for before reading: what was written before the end is then read.
        const last = this.#ended;
        const batch = await this.#reader.next();
        this.#tellLost();
        if (batch) await this.#send(batch);
        else {
          this.#letGo();
          if (last && this.#ended) {
            this.#over = true;
            return;
          }
          while (!signal.aborted && !this.#ended && !(await watch.next(signal)));
        }
      }
    } finally {
      this.#over = true;
      watch.close();
      this.#letGo();
      this.#options.sink.close();
      this.#cursor.close();
      await this.#reader.close();
    }
  }

  /** Sends a batch, however often it takes. */
  async #send(batch: SpoolBatch): Promise<void> {
    const { shipment, sink } = this.#options;
    const { signal } = this.#stop;
    if (this.#batches++ % MEASURE_EVERY === 0 && (await this.#limit())) return;
    const encoded = shipment.encode(batch.entries);
    const taken = () => {
      this.#reader.advance(batch.end);
      this.#cursor.save(batch.end);
    };
    if (encoded.parts.length === 0) {
      taken();
      return;
    }
    do {
      const sending = this.#watched(sink.send(encoded, taken));
      try {
        await sending;
        if (this.#failures > 0) this.#options.warn('the log receiver takes lines again');
        this.#failures = 0;
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (this.#failures++ === 0)
          this.#options.warn('cannot send the log, will try again', { error: messageOf(error) });
        if (this.#failures > shipment.retry.attempts) {
          this.#giveUp(batch);
          return;
        }
        // Lines may have been dropped for new ones meanwhile.
        if ((await this.#pause()) && (await this.#limit())) return;
      }
    } while (!signal.aborted);
  }

  /** The receiver had its chances: the next lines have theirs. */
  #giveUp({ entries, end }: SpoolBatch): void {
    this.#failures = 0;
    this.#reader.advance(end);
    this.#cursor.save(end);
    this.#options.warn('the receiver did not take lines in as many attempts as were allowed, they are given up', {
      lines: entries.length,
    });
  }

  /** While one batch hangs the container may print on: the limit is looked at all the time. */
  async #watched(sending: Promise<void>): Promise<void> {
    let over = false;
    const settled = sending.finally(() => {
      over = true;
    });
    settled.catch(() => {});
    // Most batches are taken at once.
    await new Promise((resolve) => setImmediate(resolve));
    while (!over) {
      await Promise.race([settled, this.#tick(LOOK_MS)]);
      if (!over && this.#options.limits.excess === 'hold') await this.#limit();
    }
    await settled;
  }

  #tick(milliseconds: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(done, milliseconds);
      timer.unref();
      const { signal } = this.#stop;
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
    });
  }

  /** The time until the next attempt: it doubles. False when sending ends. */
  async #pause(): Promise<boolean> {
    const { first, longest } = this.#options.shipment.retry;
    const wait = Math.min(longest, first * 2 ** Math.min(this.#failures - 1, 20));
    for (let left = wait; left > 0 && !this.#stop.signal.aborted; left -= LOOK_MS) {
      await this.#tick(Math.min(left, LOOK_MS));
      if (this.#options.limits.excess === 'hold') await this.#limit();
    }
    return !this.#stop.signal.aborted;
  }

  /** Holds the container or drops lines when too much waits. True when the position has moved. */
  async #limit(): Promise<boolean> {
    const { bytes, excess } = this.#options.limits;
    const behind = await this.#reader.behind();
    if (excess === 'drop') return behind > bytes && (await this.#drop(behind - bytes));
    if (behind > bytes && !this.#release && !this.#ended) {
      this.#release = this.#options.hold();
    } else if (behind < bytes * RELEASE_AT) this.#letGo();
    return false;
  }

  async #drop(wanted: number): Promise<boolean> {
    let lines = 0;
    for (let bytes = 0; bytes < wanted; ) {
      const batch = await this.#reader.next();
      if (!batch) break;
      const from = this.#reader.position;
      bytes += batch.end.file === from.file ? batch.end.offset - from.offset : batch.end.offset;
      lines += batch.entries.length;
      this.#reader.advance(batch.end);
    }
    this.#cursor.save(this.#reader.position);
    this.#options.warn('the log buffer is full, the oldest lines were dropped', { lines });
    return true;
  }

  #letGo(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #tellLost(): void {
    if (this.#reader.lost === this.#reportedLost) return;
    this.#reportedLost = this.#reader.lost;
    this.#options.warn('lines were rotated away before they could be sent');
  }
}
