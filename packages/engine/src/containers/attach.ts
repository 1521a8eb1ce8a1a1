import { type Duplex, PassThrough, type Readable } from 'node:stream';
import { errnoOf } from '@wharf/kit';
import { connectAttach } from '@wharf/runtime';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import type { ContainerLogs } from '../logs/container-logs.ts';
import { eventAttributes } from './attributes.ts';
import { LateStream } from './late-stream.ts';
import type { ContainerRecord } from './record.ts';
import type { RuntimeTable } from './runtime-table.ts';

export interface AttachRequest {
  readonly stream: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly logs: boolean;
}

/** Connects clients to containers that run, or will. */
export class Attacher {
  readonly #table: RuntimeTable;
  readonly #events: Pick<EventService, 'publish'>;
  readonly #logs: Pick<ContainerLogs, 'read'>;

  constructor(options: {
    readonly table: RuntimeTable;
    readonly events: Pick<EventService, 'publish'>;
    readonly logs: Pick<ContainerLogs, 'read'>;
  }) {
    this.#table = options.table;
    this.#events = options.events;
    this.#logs = options.logs;
  }

  /** Throws PAUSED and NOT_RUNNING (restarting). */
  async attach(record: ContainerRecord, request: AttachRequest): Promise<{ tty: boolean; stream: Duplex }> {
    const { status } = record.state;
    if (status === 'restarting') {
      throw fail('NOT_RUNNING', `Container ${record.id} is restarting, wait until the container is running`);
    }
    if (record.state.paused) {
      throw fail('PAUSED', `Container ${record.id} is paused, unpause the container before attach`);
    }
    const tty = record.config.Tty ?? false;
    const live = request.stream ? await this.#live(record, request) : undefined;
    if (request.stream) this.#events.publish('container', 'attach', record.id, eventAttributes(record));
    if (!request.logs && live) return { tty, stream: live };
    return { tty, stream: this.#withLogs(record, request, live) };
  }

  async #live(record: ContainerRecord, request: AttachRequest): Promise<Duplex> {
    // What the container has no stdin for is not asked for.
    const want = {
      stdin: request.stdin && (record.config.OpenStdin ?? false),
      stdout: request.stdout,
      stderr: request.stderr,
    };
    const directory = this.#table.directory(record.id);
    const stream = new LateStream();
    if (directory === undefined) {
      this.#table.addPending(record.id, { stream, want });
      return stream;
    }
    try {
      return await connectAttach(directory, want);
    } catch (error) {
      // It has just ended, and its cell takes nobody any more.
      if (!['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(errnoOf(error) ?? '')) throw error;
      stream.giveUp();
      return stream;
    }
  }

  /** The log first, then what is live. */
  #withLogs(record: ContainerRecord, request: AttachRequest, live: Duplex | undefined): Duplex {
    const { stdout, stderr } = request;
    const input = { stdout, stderr, timestamps: false, details: false, tail: 'all' } as const;
    const past = this.#logs.read(record, input, () => false);
    const out = new PassThrough();
    past.pipe(out, { end: !live });
    past.once('end', () => live?.pipe(out));
    past.once('error', (error) => out.destroy(error));
    // A client that leaves while the log is read takes the reader along.
    out.once('close', () => past.destroy());
    if (!live) return out;
    live.pause();
    live.once('error', (error) => out.destroy(error));
    const both = new PassThroughPair(out, live);
    return both;
  }
}

/** Reads from one stream, writes to another. */
class PassThroughPair extends PassThrough {
  readonly #output: Readable;
  readonly #input: Duplex;

  constructor(output: Readable, input: Duplex) {
    super({ allowHalfOpen: true });
    this.#output = output;
    this.#input = input;
    output.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) output.pause();
    });
    output.on('end', () => this.push(null));
    output.on('error', (error) => this.destroy(error));
    input.on('error', (error) => this.destroy(error));
    this.on('resume', () => output.resume());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#input.write(chunk)) done();
    else this.#input.once('drain', () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#input.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#input.destroy();
    this.#output.destroy();
    done(error);
  }
}
