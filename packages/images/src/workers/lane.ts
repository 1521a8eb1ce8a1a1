import { Worker } from 'node:worker_threads';
import { messageOf, WharfError } from '@wharf/kit';
import { fail } from '../errors.ts';
import type { JobName, Jobs, Reply, Request } from './messages.ts';

/** Bytes on their way to the worker before the sender must wait. */
const WINDOW = 4 * 1024 * 1024;

interface Running {
  resolve(answer: Jobs[JobName]['answer']): void;
  reject(error: Error): void;
}

/** One worker thread and the job that it does. */
export class Lane {
  readonly #worker: Worker;
  #running: Running | undefined;
  #inFlight = 0;
  #moved: () => void = () => {};
  #alive = true;

  constructor(url: URL, name: string) {
    this.#worker = new Worker(url, { name, execArgv: [], stdin: false });
    this.#worker.on('message', (reply: Reply) => this.#reply(reply));
    this.#worker.on('error', (error) => this.#lost(messageOf(error)));
    this.#worker.on('exit', (code) => this.#lost(`exit code ${code}`));
  }

  get alive(): boolean {
    return this.#alive;
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Lets the process end although the thread is there; undone while a job runs. */
  rest(): void {
    this.#worker.unref();
  }

  begin<Name extends JobName>(name: Name, request: Jobs[Name]['request']): Promise<Jobs[Name]['answer']> {
    this.#inFlight = 0;
    this.#worker.ref();
    const result = new Promise<Jobs[JobName]['answer']>((resolve, reject) => {
      this.#running = { resolve, reject };
    });
    this.#post({ type: 'job', name, request } as Request);
    // Each job has its own answer; the protocol has one job at a time.
    return result as Promise<Jobs[Name]['answer']>;
  }

  /** Sends bytes (whose memory is given away); resolves when the worker has room for more, or its job has ended. */
  async send(data: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#inFlight += data.length;
    this.#worker.postMessage({ type: 'chunk', data } satisfies Request, [data.buffer]);
    while (this.#inFlight > WINDOW && this.#running) {
      await new Promise<void>((resolve) => {
        this.#moved = resolve;
      });
    }
  }

  end(): void {
    this.#post({ type: 'end' });
  }

  abort(): void {
    this.#post({ type: 'abort' });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(request: Request): void {
    this.#worker.postMessage(request);
  }

  #reply(reply: Reply): void {
    if (reply.type === 'taken') {
      this.#inFlight -= reply.bytes;
    } else {
      const running = this.#running;
      this.#running = undefined;
      if (reply.type === 'done') running?.resolve(reply.answer);
      else {
        const { code, kind, message, details } = reply.error;
        running?.reject(new WharfError(code, kind, message, { details }));
      }
    }
    this.#moved();
  }

  #lost(why: string): void {
    this.#alive = false;
    const running = this.#running;
    this.#running = undefined;
    running?.reject(fail('WORKER_FAILED', `the image worker ended: ${why}`));
    this.#moved();
  }
}
