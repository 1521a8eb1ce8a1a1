import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, type Logger, messageOf } from '@wharf/kit';
import type { LayerWorkers } from '../workers/layer-workers.ts';
import { removeSmall } from './remove-small.ts';

/** Entries that are removed without a worker thread. */
const SMALL = 256;

/** Where directories go to be removed: by one rename at once, emptied later, off the main thread. */
export class Trash {
  readonly #dir: string;
  readonly #workers: LayerWorkers;
  readonly #logger: Logger;
  #emptying: Promise<void> | undefined;
  #again = false;

  constructor(options: { root: string; workers: LayerWorkers; logger: Logger }) {
    this.#dir = join(options.root, 'trash');
    this.#workers = options.workers;
    this.#logger = options.logger;
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
  }

  /** Moves the tree away (on the same file system) and begins to empty the trash. A missing tree is fine. */
  throw(path: string): void {
    try {
      renameSync(path, join(this.#dir, randomUUID()));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return;
      throw error;
    }
    this.empty().catch((error: unknown) => this.#complain(error));
  }

  /** Resolves when everything thrown away before the call is gone. */
  empty(): Promise<void> {
    if (this.#emptying) {
      this.#again = true;
      return this.#emptying;
    }
    this.#emptying = this.#run();
    return this.#emptying;
  }

  async #run(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.#pass();
      } while (this.#again);
    } finally {
      // In the same step as the last look at `again`: who comes later must find that nobody is at work any more.
      this.#emptying = undefined;
    }
  }

  async #pass(): Promise<void> {
    // The caller of `empty` has its promise before the first look.
    await Promise.resolve();
    for (const name of readdirSync(this.#dir)) {
      await this.#remove(join(this.#dir, name)).catch((error: unknown) => this.#complain(error));
    }
  }

  async #remove(path: string): Promise<void> {
    if (!(await removeSmall(path, SMALL))) await this.#workers.run('remove', { path });
  }

  #complain(error: unknown): void {
    this.#logger.warn('cannot empty the trash; it is tried again at the next start', { error: messageOf(error) });
  }
}
