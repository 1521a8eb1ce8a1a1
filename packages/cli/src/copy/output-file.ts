import { closeSync, lstatSync, openSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import { posix } from 'node:path';
import { exitError } from '../errors.ts';
import { writeAll } from '../framework/streams.ts';

/** What cannot be written to by replacing it, in Docker's words. */
function fault(stats: Stats): string | undefined {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isSymbolicLink()) return 'a symbolic link directly';
  if (stats.isFIFO()) return 'a named pipe (FIFO)';
  if (stats.isSocket()) return 'a socket';
  if (stats.isCharacterDevice()) return 'a character device file';
  return stats.isBlockDevice() ? 'a block device file' : undefined;
}

/** Refuses a place for a file that an archive is to be written to. Throws in Docker's words. */
export function checkOutputFile(path: string, cwd: string): void {
  const dir = posix.dirname(path);
  const parent = statSync(posix.resolve(cwd, dir), { throwIfNoEntry: false });
  if (!parent) throw exitError(`invalid output path: stat ${dir}: no such file or directory`, 1);
  if (!parent.isDirectory()) throw exitError(`invalid output path: stat ${dir}: not a directory`, 1);
  const there = lstatSync(posix.resolve(cwd, path), { throwIfNoEntry: false });
  const what = there && fault(there);
  if (what !== undefined) throw exitError(`cannot write to ${what}`, 1);
}

/** Writes a file that appears under its name when it is complete. */
export async function writeOutputFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = posix.join(posix.dirname(path), `.tmp-${posix.basename(path)}${process.pid}`);
  const fd = openSync(temporary, 'wx', 0o600);
  try {
    for await (const chunk of chunks) writeAll(fd, chunk);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
