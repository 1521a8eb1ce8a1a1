import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const BLOCK = 256 * 1024;
/** More rotated files than this are not looked for. */
const MAX_FILES = 1000;

/** The files of a log, oldest first: path.2, path.1, path. */
export function logFiles(path: string): string[] {
  const rotated: string[] = [];
  for (let n = 1; n < MAX_FILES && existsSync(`${path}.${n}`); n += 1) rotated.unshift(`${path}.${n}`);
  return existsSync(path) ? [...rotated, path] : rotated;
}

/** The offset at which the last `count` lines of a file begin, and how many lines were found. */
export async function tailOffset(file: FileHandle, count: number): Promise<{ offset: number; found: number }> {
  const { size } = await file.stat();
  const block = Buffer.alloc(BLOCK);
  let found = 0;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at -= 1) {
      if (block[at] !== 10 || start + at === size - 1) continue;
      found += 1;
      if (found === count) return { offset: start + at + 1, found };
    }
    end = start;
  }
  return { offset: 0, found: size > 0 ? found + 1 : 0 };
}

/** Blocks of a file from an offset to its present end; returns where it stopped. */
export async function* readBlocks(file: FileHandle, from: number): AsyncGenerator<Buffer, number> {
  for (let at = from; ; ) {
    const block = Buffer.allocUnsafe(BLOCK);
    const { bytesRead } = await file.read(block, 0, BLOCK, at);
    if (bytesRead === 0) return at;
    at += bytesRead;
    yield block.subarray(0, bytesRead);
  }
}

/** Opens a file for reading; undefined when it is not there (any more). */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch {
    return undefined;
  }
}
