import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAllSent } from './log-cursor.ts';
import type { SendJob } from './sender/messages.ts';
import type { SenderClient } from './sender/sender-client.ts';

/** How long the spool of a removed container stays for lines that were not sent yet, in milliseconds. */
const LINGER_MS = 60 * 60 * 1000;
/** So many spools of removed containers stay at most; then the one that waits longest goes. */
const MOST = 16;
const JOB = 'log-job.json';
/** A job holds the attributes of a container, which are far less. */
const MAX_JOB = 4 * 1024 * 1024;

export interface LeftoversOptions {
  readonly sender: Pick<SenderClient, 'has' | 'send' | 'finish' | 'stop'>;
  /** Where the containers' own directories are. */
  readonly parent: string;
  readonly limits?: { readonly lingerMs: number; readonly most: number };
}

/**
 * Logs of containers that are no more: their spools stay until they are sent, within bounds, also over an engine that ends
 * or is killed in between. For that every job lies beside its spool, from before the first line is sent.
 */
export class Leftovers {
  readonly #options: LeftoversOptions;
  readonly #lingerMs: number;
  readonly #most: number;
  /** Those that wait, in the order in which they were removed, and how each is given up. */
  readonly #waiting = new Map<string, () => void>();
  #stopped = false;

  constructor(options: LeftoversOptions) {
    this.#options = options;
    this.#lingerMs = options.limits?.lingerMs ?? LINGER_MS;
    this.#most = options.limits?.most ?? MOST;
  }

  /** Before a job's first line is sent. */
  note(id: string, job: SendJob): void {
    writeFileSync(join(this.#options.parent, id, JOB), JSON.stringify(job), { mode: 0o600 });
  }

  /** Sends what is left. True when the container's files may go; false when a later engine goes on with them. */
  async finish(id: string): Promise<boolean> {
    const { sender } = this.#options;
    if (!sender.has(id) && !this.adopt(id)) return true;
    const given = Promise.withResolvers<void>();
    const timer = setTimeout(given.resolve, this.#lingerMs).unref();
    this.#waiting.set(id, given.resolve);
    for (const giveUp of [...this.#waiting.values()].slice(0, -this.#most)) giveUp();
    await Promise.race([sender.finish(id), given.promise]);
    clearTimeout(timer);
    this.#waiting.delete(id);
    if (this.#stopped) return this.#unsent(id) === undefined;
    await sender.stop(id);
    return true;
  }

  /** Goes on with the log of a container of which only the directory is left. False when there is nothing to send. */
  adopt(id: string): boolean {
    const job = this.#unsent(id);
    if (job) this.#options.sender.send(id, job, true);
    return job !== undefined;
  }

  /** From now on nothing is given up: the next engine goes on. */
  stop(): void {
    this.#stopped = true;
    for (const giveUp of this.#waiting.values()) giveUp();
  }

  /** The job of a log that was not sent to its end and to which something was added not too long ago. */
  #unsent(id: string): SendJob | undefined {
    const path = join(this.#options.parent, id, JOB);
    try {
      if (statSync(path).size > MAX_JOB) return undefined;
      const job = JSON.parse(readFileSync(path, 'utf8')) as SendJob;
      if (isAllSent(job.spool, job.cursor)) return undefined;
      return Date.now() - statSync(job.spool).mtimeMs < this.#lingerMs ? job : undefined;
    } catch {
      // Without a job that can be read nothing was to be sent.
      return undefined;
    }
  }
}
