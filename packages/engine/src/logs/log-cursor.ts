import { closeSync, constants, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import type { SpoolPosition } from './spool-reader.ts';

/** One record fills this many bytes, so that a shorter one covers a longer one. */
const RECORD = 512;

/**
 * How far a log was sent, in a file beside it. It is written with one system call right after the data was handed to the
 * kernel, so that an engine that is killed neither repeats nor forgets lines.
 */
export class LogCursor {
  readonly #path: string;
  #fd: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Undefined when nothing was sent yet, or when what is there cannot be read. */
  load(): SpoolPosition | undefined {
    try {
      const value = JSON.parse(readFileSync(this.#path, 'utf8')) as Partial<SpoolPosition>;
      if (typeof value.file !== 'string' || !Number.isSafeInteger(value.offset)) return undefined;
      return { file: value.file, offset: value.offset ?? 0, open: value.open ?? {} };
    } catch {
      return undefined;
    }
  }

  save(position: SpoolPosition): void {
    this.#fd ??= openSync(this.#path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    writeSync(this.#fd, JSON.stringify(position).padEnd(RECORD), 0);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** Whether a log that nobody adds to was sent to its end. */
export function isAllSent(log: string, cursor: string): boolean {
  const stat = statSync(log, { bigint: true, throwIfNoEntry: false });
  if (!stat) return true;
  const position = new LogCursor(cursor).load();
  return position?.file === `${stat.ino}:${stat.birthtimeNs}` && BigInt(position.offset) === stat.size;
}
