import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const BLOCK = 64 << 10;
/** Milliseconds between two looks at a file that is followed. */
const LOOK = 200;
/** No more than this is searched for the last lines. */
const FARTHEST = 64 << 20;

/** Offset at which the last `lines` lines of the file begin. */
function lastLines(fd: number, size: number, lines: number): number {
  if (lines === 0) return size;
  const block = Buffer.alloc(BLOCK);
  let left = lines + 1;
  for (let end = size; end > Math.max(0, size - FARTHEST); end -= BLOCK) {
    const from = Math.max(0, end - BLOCK);
    const length = readSync(fd, block, 0, end - from, from);
    for (let at = length - 1; at >= 0; at -= 1) {
      // The newline that ends the file begins no line.
      if (block[at] !== 10 || from + at === size - 1) continue;
      left -= 1;
      if (left === 1) return from + at + 1;
    }
  }
  return 0;
}

function copyFrom(fd: number, offset: number, write: (chunk: Uint8Array) => void): number {
  const block = Buffer.alloc(BLOCK);
  let at = offset;
  for (let length = readSync(fd, block, 0, BLOCK, at); length > 0; length = readSync(fd, block, 0, BLOCK, at)) {
    write(block.subarray(0, length));
    at += length;
  }
  return at;
}

export interface TailOptions {
  /** Undefined for all. */
  readonly lines?: number;
  readonly follow: boolean;
  write(chunk: Uint8Array): void;
}

/** Writes the end of a file, and with `follow` whatever is appended, for ever; a file put aside is opened anew. */
export async function tailFile(path: string, options: TailOptions): Promise<void> {
  let fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    let at = copyFrom(fd, options.lines === undefined ? 0 : lastLines(fd, size, options.lines), options.write);
    while (options.follow) {
      await sleep(LOOK);
      const now = statSync(path, { throwIfNoEntry: false });
      if (now && (now.ino !== fstatSync(fd).ino || now.size < at)) {
        copyFrom(fd, at, options.write);
        closeSync(fd);
        fd = openSync(path, 'r');
        at = 0;
      }
      at = copyFrom(fd, at, options.write);
    }
  } finally {
    closeSync(fd);
  }
}
