import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '@wharf/kit';
import { fail } from './errors.ts';

/**
 * syncfs(2) on the file system of the path, by way of sync(1): Node has no call for it, and one fsync per file of a
 * layer takes seconds. Throws SYNC_FAILED.
 */
export async function syncFilesystem(path: string): Promise<void> {
  try {
    await promisify(execFile)('sync', ['-f', path]);
  } catch (cause) {
    throw fail('SYNC_FAILED', `cannot sync the file system of ${path}: ${messageOf(cause)}`, { cause });
  }
}
