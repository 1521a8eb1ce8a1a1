import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** How long a wait lasts at most when the kernel tells of no change. */
const LOOK_MS = 50;
/** Without the kernel's help every look is a look; with it, one in so many milliseconds is, in case something was missed. */
const SILENT_MS = 1000;

/** Waits for changes of a log: its files are appended to, renamed and made anew in one directory. */
export class LogWatch {
  readonly #watcher: FSWatcher | undefined;
  readonly #lookMs: number;
  #changed = true;
  #silent = 0;
  #wake: () => void = () => {};

  /** `lookMs`: how long a wait lasts at most, as long as the kernel tells of changes. */
  constructor(path: string, lookMs = LOOK_MS) {
    const name = basename(path);
    try {
      this.#watcher = watch(dirname(path), { persistent: false }, (_event, file) => {
        if (file === null || file.startsWith(name)) this.#change();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // The machine's limit of watches, or no such directory yet: looking often does it too.
      this.#watcher = undefined;
    }
    this.#lookMs = this.#watcher ? lookMs : LOOK_MS;
  }

  /** Ends a wait. */
  wake(): void {
    this.#change();
  }

  #change(): void {
    this.#changed = true;
    this.#wake();
  }

  /**
   * Waits for a change, at most one look long. True when it is worth reading: something changed, or nobody would have told.
   */
  async next(signal?: AbortSignal): Promise<boolean> {
    if (!this.#changed && !signal?.aborted) await this.#wait(signal);
    const changed = this.#changed;
    this.#changed = false;
    this.#silent = changed ? 0 : this.#silent + this.#lookMs;
    const look = changed || this.#watcher === undefined || this.#silent >= SILENT_MS;
    if (look) this.#silent = 0;
    return look;
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, this.#lookMs);
      function done(): void {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      }
      signal?.addEventListener('abort', done);
      this.#wake = done;
    });
  }

  close(): void {
    this.#watcher?.close();
    this.#wake();
  }
}
