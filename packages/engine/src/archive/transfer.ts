import { WharfError } from '@wharf/kit';
import { fail } from '../errors.ts';
import type { Framing } from './direct-body.ts';
import type { AnyJob, Jobs, PortableError, Reply, Request } from './messages.ts';

/** Bytes of one slot, and how many a transfer has: what it may hold in memory, whatever the client does. */
const SLOT = 512 * 1024;
const SLOTS = 3;

/** The body of a request on its own connection. */
export interface DirectUpload {
  readonly fd: number;
  /** What came of it already. */
  readonly head: Uint8Array;
  readonly framing: Framing;
}

type Answer = Jobs[keyof Jobs]['answer'];

/** The engine's end of one job: bytes go to and fro in shared memory, a few slots at a time. */
export class Transfer {
  readonly #id: number;
  readonly #post: (message: Request) => void;
  readonly #onClosed: () => void;
  readonly #memory = new SharedArrayBuffer(SLOT * SLOTS);
  readonly #replies: Reply[] = [];
  #wake: () => void = () => {};
  #error: unknown;
  #closing: Promise<void> | undefined;
  #closed: () => void = () => {};
  /** Nobody answers any more. */
  #lost = false;

  constructor(id: number, post: (message: Request) => void, onClosed: () => void) {
    this.#id = id;
    this.#post = post;
    this.#onClosed = onClosed;
  }

  /** Begins. Throws COPY_FAILED (details: errno) and what the session says. */
  async open(job: AnyJob): Promise<Answer> {
    this.#post({ type: 'open', id: this.#id, job, memory: this.#memory, slot: SLOT });
    const reply = await this.#next();
    return reply.type === 'opened' ? reply.answer : null;
  }

  reply(reply: Reply): void {
    if (reply.type === 'closed') return this.#closed();
    if (reply.type === 'failed') this.#error ??= revive(reply.error);
    else this.#replies.push(reply);
    this.#wake();
  }

  /** The thread is gone. */
  lost(error: unknown): void {
    this.#error ??= error;
    this.#lost = true;
    this.#wake();
    this.#closed();
  }

  /** Ends the transfer with an error from outside: whoever uses it is told at the next step. */
  cancel(error: Error): void {
    this.#error ??= error;
    this.#wake();
  }

  async #next(): Promise<Reply> {
    for (;;) {
      const reply = this.#replies.shift();
      if (this.#error !== undefined) throw this.#error;
      if (reply) return reply;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The archive, in order. A chunk's memory is used again when the next one is asked for. */
  async *read(): AsyncGenerator<Uint8Array, void> {
    for (let slot = 0; slot < SLOTS; slot += 1) this.#post({ type: 'fill', id: this.#id, slot });
    for (;;) {
      const reply = await this.#next();
      if (reply.type !== 'filled') continue;
      const { slot, bytes } = reply;
      if (bytes === 0) return;
      yield Buffer.from(this.#memory, slot * SLOT, bytes);
      this.#post({ type: 'fill', id: this.#id, slot });
    }
  }

  /** Sends an archive; resolves when all of it is written. Throws what the source, and what the session throws. */
  async write(source: AsyncIterable<Uint8Array>): Promise<void> {
    const slots = new SlotWriter(this.#memory, async () => await this.#freeSlot());
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; ) {
        at += await slots.add(chunk, at);
        const full = slots.full();
        if (full) this.#post({ type: 'data', id: this.#id, ...full });
      }
    }
    const rest = slots.rest();
    if (rest) this.#post({ type: 'data', id: this.#id, ...rest });
    this.#post({ type: 'end', id: this.#id });
    while ((await this.#next()).type !== 'done');
  }

  /**
   * Has the worker read an archive from a connection; resolves when all of it is written. Until then, or until `close` has
   * resolved, nobody else may read there.
   */
  async writeDirect({ fd, head, framing }: DirectUpload): Promise<void> {
    this.#post({ type: 'direct', id: this.#id, fd, head, framing });
    while ((await this.#next()).type !== 'done');
  }

  async #freeSlot(): Promise<number> {
    for (;;) {
      const reply = await this.#next();
      if (reply.type === 'taken') return reply.slot;
    }
  }

  /** Ends the job, finished or not; resolves when nothing of it is open any more. */
  close(): Promise<void> {
    this.#closing ??= new Promise<void>((resolve) => {
      this.#closed = () => {
        this.#closed = () => {};
        this.#onClosed();
        resolve();
      };
      if (this.#lost) this.#closed();
      else this.#post({ type: 'close', id: this.#id });
    });
    return this.#closing;
  }
}

/** Collects bytes in slots. */
class SlotWriter {
  readonly #memory: SharedArrayBuffer;
  readonly #free: () => Promise<number>;
  #fresh = 0;
  #slot: Buffer | undefined;
  #number = 0;
  #used = 0;

  constructor(memory: SharedArrayBuffer, free: () => Promise<number>) {
    this.#memory = memory;
    this.#free = free;
  }

  /** Copies as much of the chunk as the current slot takes; returns how much. */
  async add(chunk: Uint8Array, from: number): Promise<number> {
    if (!this.#slot) {
      this.#number = this.#fresh < SLOTS ? this.#fresh++ : await this.#free();
      this.#slot = Buffer.from(this.#memory, this.#number * SLOT, SLOT);
      this.#used = 0;
    }
    const count = Math.min(SLOT - this.#used, chunk.length - from);
    this.#slot.set(from === 0 && count === chunk.length ? chunk : chunk.subarray(from, from + count), this.#used);
    this.#used += count;
    return count;
  }

  /** The current slot if it is full, once. */
  full(): { readonly slot: number; readonly bytes: number } | undefined {
    return this.#used === SLOT ? this.rest() : undefined;
  }

  /** The current slot as it is, once. */
  rest(): { readonly slot: number; readonly bytes: number } | undefined {
    if (!this.#slot) return undefined;
    this.#slot = undefined;
    const bytes = this.#used;
    this.#used = 0;
    return { slot: this.#number, bytes };
  }
}

function revive({ known, message, errno, syscall }: PortableError): Error {
  const details = { ...(errno !== undefined && { errno }), ...(syscall !== undefined && { syscall }) };
  if (known) return new WharfError(known.code, known.kind, message, { details });
  return fail('COPY_FAILED', message, { details });
}
