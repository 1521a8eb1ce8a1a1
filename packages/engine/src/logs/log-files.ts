import { statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Read at a time; a block holds the longest line that a cell writes. */
export const BLOCK = 256 * 1024;
/** More rotated files than this are not looked for. */
const MAX_FILES = 1000;
const NEWLINE = 10;

/** One file of a log. Compressed ones are `path.N.gz`, beside an empty `path.N` that the cell goes on renaming. */
export interface LogFile {
  readonly path: string;
  readonly compressed: boolean;
  readonly ino: number;
}

/** A listing that was overtaken by a rotation is made again so many times. */
const TRIES = 5;

/** The files of a log, oldest first: path.2.gz, path.1, path. */
export function logFiles(path: string): LogFile[] {
  let files = listFiles(path);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const again = listFiles(path);
    if (sameFiles(files, again)) break;
    files = again;
  }
  return files;
}

function listFiles(path: string): LogFile[] {
  const current = statSync(path, { throwIfNoEntry: false });
  const files: LogFile[] = current ? [{ path, compressed: false, ino: current.ino }] : [];
  // During a rotation one number is missing for a moment.
  for (let n = 1, gaps = 0; n < MAX_FILES && gaps < 2; n += 1) {
    const plain = `${path}.${n}`;
    const stat = statSync(plain, { throwIfNoEntry: false });
    const packed = stat?.size ? undefined : statSync(`${plain}.gz`, { throwIfNoEntry: false });
    if (packed) files.unshift({ path: `${plain}.gz`, compressed: true, ino: packed.ino });
    else if (stat?.size) files.unshift({ path: plain, compressed: false, ino: stat.ino });
    gaps = stat || packed ? 0 : gaps + 1;
  }
  return files;
}

function sameFiles(one: readonly LogFile[], other: readonly LogFile[]): boolean {
  return (
    one.length === other.length && one.every(({ path, ino }, at) => other[at]?.path === path && other[at].ino === ino)
  );
}

/** Opens a file of an earlier listing of the log, under whatever name it has by now; undefined when it is gone. */
export async function openListed(path: string, listed: LogFile): Promise<FileHandle | undefined> {
  for (const candidate of [listed, ...logFiles(path).filter(({ ino }) => ino === listed.ino)]) {
    const file = await openIfThere(candidate.path);
    if (!file) continue;
    if ((await file.stat()).ino === listed.ino) return file;
    await file.close();
  }
  return undefined;
}

/** The offset at which the last `count` lines of a file begin, and how many lines were found. */
export async function tailOffset(file: FileHandle, count: number): Promise<{ offset: number; found: number }> {
  const { size } = await file.stat();
  const block = Buffer.alloc(BLOCK);
  let found = 0;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    for (let at = block.lastIndexOf(NEWLINE, bytesRead - 1); at >= 0; at = block.lastIndexOf(NEWLINE, at - 1)) {
      if (at < bytesRead && start + at !== size - 1) {
        found += 1;
        if (found === count) return { offset: start + at + 1, found };
      }
      if (at === 0) break;
    }
    end = start;
  }
  return { offset: 0, found: size > 0 ? found + 1 : 0 };
}

/**
 * Blocks of a file from an offset to its present end; returns where it stopped. A block is valid until the next one is
 * asked for: its memory is used again.
 */
export async function* readBlocks(file: FileHandle, from: number): AsyncGenerator<Buffer, number> {
  const block = Buffer.allocUnsafeSlow(BLOCK);
  for (let at = from; ; ) {
    const { bytesRead } = await file.read(block, 0, BLOCK, at);
    if (bytesRead === 0) return at;
    at += bytesRead;
    yield block.subarray(0, bytesRead);
  }
}

/** Blocks of a file that stay as they are. */
export async function* copiedBlocks(file: FileHandle): AsyncGenerator<Buffer> {
  for await (const block of readBlocks(file, 0)) yield Buffer.from(block);
}

/** Blocks of what a compressed file holds. What is damaged ends it early. */
export async function* readCompressed(file: FileHandle): AsyncGenerator<Buffer> {
  const source = Readable.from(copiedBlocks(file), { objectMode: false });
  const gunzip = createGunzip({ chunkSize: BLOCK });
  source.once('error', () => gunzip.destroy());
  source.pipe(gunzip);
  try {
    for await (const block of gunzip) yield block as Buffer;
  } catch {
    // A file that was cut off: what came before is shown.
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

/** As `tailOffset`, for a compressed file: it is read once to count and, if it holds more lines, up to the place. */
export async function tailOfCompressed(file: FileHandle, count: number): Promise<{ offset: number; found: number }> {
  let lines = 0;
  for await (const block of readCompressed(file)) lines += countLines(block);
  if (lines <= count) return { offset: 0, found: lines };
  let skip = lines - count;
  let before = 0;
  for await (const block of readCompressed(file)) {
    for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) {
      skip -= 1;
      if (skip === 0) return { offset: before + at + 1, found: count };
    }
    before += block.length;
  }
  return { offset: before, found: count };
}

function countLines(block: Buffer): number {
  let lines = 0;
  for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}

/** Opens a file for reading; undefined when it is not there (any more). */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch {
    return undefined;
  }
}
