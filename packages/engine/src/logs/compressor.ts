import { createWriteStream, renameSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { copiedBlocks } from './log-files.ts';

/** A rotation may overtake the search for a file's number this often before it is tried again later. */
const TRIES = 20;

/**
 * Compresses rotated files of a log while the cell, which knows nothing of it, may rotate on: `path.N` becomes
 * `path.N.gz`, and `path.N` stays as an empty file that is renamed along with it. At every moment the entries are whole in
 * one of the two, and `path.N` counts as long as it is not empty.
 */
export async function compressRotated(path: string, maxFiles: number): Promise<void> {
  for (let n = maxFiles - 1; n >= 1; n -= 1) {
    if ((statSync(`${path}.${n}`, { throwIfNoEntry: false })?.size ?? 0) > 0) await compressOne(path, n, maxFiles);
  }
}

async function compressOne(path: string, number: number, maxFiles: number): Promise<void> {
  const file = await open(`${path}.${number}`, 'r+').catch(() => undefined);
  if (!file) return;
  const temporary = `${path}.packing`;
  try {
    const { ino, size } = await file.stat();
    // A rotation may have put another file here in the meantime, even the one that is being written.
    if (size === 0 || statSync(path, { throwIfNoEntry: false })?.ino === ino) return;
    const source = Readable.from(copiedBlocks(file), { objectMode: false });
    await pipeline(source, createGzip({ level: 1 }), createWriteStream(temporary, { mode: 0o640, flush: true }));
    await put(temporary, path, ino, maxFiles, file);
  } finally {
    rmSync(temporary, { force: true });
    await file.close();
  }
}

/** Gives the packed file the number that the plain one has by now, sees that they stay together, and empties the plain one. */
async function put(temporary: string, path: string, ino: number, maxFiles: number, file: FileHandle): Promise<void> {
  const inode = (name: string) => statSync(name, { throwIfNoEntry: false })?.ino;
  const numberOf = (wanted: number, suffix: string) => {
    for (let n = 1; n < maxFiles; n += 1) if (inode(`${path}.${n}${suffix}`) === wanted) return n;
    return undefined;
  };
  const packed = inode(temporary);
  if (packed === undefined) return;
  let from = temporary;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const number = numberOf(ino, '');
    // Rotated away for good, or between two numbers.
    if (number === undefined) continue;
    const target = `${path}.${number}.gz`;
    if (from !== target) renameSync(from, target);
    from = target;
    // Once they are seen together, a rotation moves both.
    if (inode(`${path}.${number}`) === ino && inode(target) === packed && inode(`${path}.${number}`) === ino) {
      await file.truncate(0);
      return;
    }
    const now = numberOf(packed, '.gz');
    if (now === undefined) return;
    from = `${path}.${now}.gz`;
  }
}
