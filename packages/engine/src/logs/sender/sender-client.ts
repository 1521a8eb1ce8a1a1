import type { Logger } from '@wharf/kit';
import { JsonLines, type SenderReport, type SenderRequest, type SendJob } from './messages.ts';

/** The sending process as the engine sees it. */
export interface SenderProcess {
  write(text: string): void;
  /** Ends its input: it then stops sending and ends. */
  end(): void;
  onOutput(listener: (chunk: Buffer) => void): void;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
}

export interface SenderClientOptions {
  readonly spawn: () => SenderProcess;
  readonly logger: Logger;
  /** Makes a container wait when it prints, until what is returned is called. */
  readonly hold: (id: string) => Promise<() => void>;
}

interface Sending {
  readonly job: SendJob;
  turn: number;
  ended: boolean;
  readonly done: PromiseWithResolvers<void>;
}

/** A process that was lost is replaced at once; one that did not live long, after this time. Milliseconds. */
const RESTART_MS = 1000;
const LONG_MS = 5000;
/** How long the process may take to end. */
const END_MS = 3000;

/** The engine's end of the process that sends logs, which is started when the first log is to be sent. */
export class SenderClient {
  readonly #options: SenderClientOptions;
  readonly #sending = new Map<string, Sending>();
  readonly #held = new Map<string, Promise<() => void>>();
  #process: SenderProcess | undefined;
  #startedAt = 0;
  #turn = 1;
  #closed = false;

  constructor(options: SenderClientOptions) {
    this.#options = options;
  }

  /** Whether anything of the container's log may still be sent. */
  has(id: string): boolean {
    return this.#sending.has(id);
  }

  /** Sends a container's log from where the last process stopped. */
  send(id: string, job: SendJob, ended: boolean): void {
    const sending = this.#sending.get(id) ?? { job, ended, turn: 0, done: Promise.withResolvers() };
    sending.ended = ended;
    sending.turn = this.#turn++;
    this.#sending.set(id, sending);
    this.#ask({ do: 'send', id, turn: sending.turn, job, ended });
  }

  /** The container has ended; resolves when its whole log was sent, which may be never. */
  async finish(id: string): Promise<void> {
    const sending = this.#sending.get(id);
    if (!sending) return;
    sending.ended = true;
    this.#ask({ do: 'finish', id });
    await sending.done.promise;
  }

  /** Gives up what is not sent. */
  async stop(id: string): Promise<void> {
    const sending = this.#sending.get(id);
    if (!sending) return;
    this.#ask({ do: 'stop', id });
    await sending.done.promise;
  }

  /** Ends the process; containers print on, the next engine goes on sending. */
  async close(): Promise<void> {
    this.#closed = true;
    const process = this.#process;
    if (!process) return;
    process.end();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MS);
    });
    await Promise.race([process.gone, patience]);
    clearTimeout(timer);
    for (const id of [...this.#sending.keys()]) this.#over(id);
  }

  #ask(request: SenderRequest): void {
    if (this.#closed) return;
    if (this.#process) this.#process.write(`${JSON.stringify(request)}\n`);
    else if (request.do === 'send') this.#start();
    else if (request.do === 'stop') this.#over(request.id);
  }

  /** Starts the process and tells it of everything that is to be sent. */
  #start(): void {
    const process = this.#options.spawn();
    this.#process = process;
    this.#startedAt = performance.now();
    const lines = new JsonLines<SenderReport>();
    process.onOutput((chunk) => {
      for (const report of lines.push(chunk)) this.#hear(report);
    });
    void process.gone.then(() => this.#lost(process));
    for (const [id, { job, turn, ended }] of this.#sending) this.#ask({ do: 'send', id, turn, job, ended });
  }

  #lost(process: SenderProcess): void {
    if (this.#process !== process) return;
    this.#process = undefined;
    for (const id of [...this.#held.keys()]) this.#release(id);
    if (this.#closed) return;
    this.#options.logger.error('the process that sends logs was lost and is started again');
    const wait = performance.now() - this.#startedAt > LONG_MS ? 0 : RESTART_MS;
    setTimeout(() => {
      if (!this.#closed && !this.#process && this.#sending.size > 0) this.#start();
    }, wait).unref();
  }

  #hear(report: SenderReport): void {
    const { id } = report;
    if (report.say === 'warn') {
      const driver = this.#sending.get(id)?.job.driver;
      this.#options.logger.warn(report.message, { container: id, ...(driver ? { driver } : {}), ...report.facts });
    } else if (report.say === 'done') {
      if (this.#sending.get(id)?.turn === report.turn) this.#over(id);
    } else if (report.say === 'release') this.#release(id);
    else if (!this.#held.has(id)) {
      const held = this.#options.hold(id).catch(() => () => {});
      this.#held.set(id, held);
    }
  }

  #release(id: string): void {
    const held = this.#held.get(id);
    this.#held.delete(id);
    void held?.then((release) => release());
  }

  #over(id: string): void {
    this.#release(id);
    const sending = this.#sending.get(id);
    this.#sending.delete(id);
    sending?.done.resolve();
  }
}
