import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { errnoOf } from '@wharf/kit';
import { fail } from '../errors.ts';

/** Where a command writes. */
export interface Output {
  readonly isTerminal: boolean;
  /** Width in characters; 80 when it is no terminal. */
  columns(): number;
  rows(): number;
  /** Writes all of it before returning. Throws OUTPUT_CLOSED when nobody reads any more. */
  write(data: string | Uint8Array): void;
}

/** Where a command reads. The stream is opened at the first use only. */
export interface Input {
  readonly isTerminal: boolean;
  stream(): NodeJS.ReadStream;
  /** True once `stream` was called: then it must be let go of for the program to end. */
  opened(): boolean;
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all bytes to a descriptor. Blocking on purpose: a full pipe then holds the engine back too, and making
 * `process.stdout` costs a millisecond at start.
 */
export function writeAll(fd: number, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (cause) {
      const errno = errnoOf(cause);
      if (errno === 'EPIPE') throw fail('OUTPUT_CLOSED', 'write: broken pipe', { cause });
      if (errno !== 'EAGAIN') throw cause;
      Atomics.wait(pause, 0, 0, 2);
    }
  }
}

/** An output over one of the process' own descriptors (1 or 2). */
export function descriptorOutput(fd: 1 | 2): Output {
  const isTerminal = isatty(fd);
  const stream = (): NodeJS.WriteStream => (fd === 1 ? process.stdout : process.stderr);
  return {
    isTerminal,
    columns: () => (isTerminal ? stream().getWindowSize()[0] : 80),
    rows: () => (isTerminal ? stream().getWindowSize()[1] : 24),
    write: (data) => writeAll(fd, data),
  };
}

/** The process' own input. */
export function processInput(): Input {
  let opened = false;
  return {
    isTerminal: isatty(0),
    stream() {
      opened = true;
      return process.stdin;
    },
    opened: () => opened,
  };
}
