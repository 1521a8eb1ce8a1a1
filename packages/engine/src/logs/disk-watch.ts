import { statfs } from 'node:fs/promises';
import type { Logger } from '@wharf/kit';

/** How often is looked, in milliseconds. */
const EVERY_MS = 1000;
/** With less room than this a cell cannot write a full buffer of entries. Bytes. */
const FULL_BELOW = 1 << 20;
const WARNING = 'WARNING: the disk of the logs is full: what containers print is not recorded';

/** Cells lose lines rather than containers when the disk is full, and cannot say so: this does. */
export class DiskWatch {
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #full = false;

  /** `isNeeded`: whether any log is being written. */
  constructor(directory: string, logger: Logger, isNeeded: () => boolean) {
    this.#directory = directory;
    this.#logger = logger;
    this.#timer = setInterval(() => {
      if (this.#full || isNeeded()) void this.#look();
    }, EVERY_MS).unref();
  }

  /** For `info`. */
  warnings(): string[] {
    return this.#full ? [WARNING] : [];
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const stat = await statfs(this.#directory).catch(() => undefined);
    if (!stat) return;
    const full = stat.bavail * stat.bsize < FULL_BELOW;
    if (full === this.#full) return;
    this.#full = full;
    const where = { directory: this.#directory };
    if (full) this.#logger.error('the disk of the logs is full: what containers print is not recorded', where);
    else this.#logger.info('the disk of the logs has room again', where);
  }
}
