import { closeSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import { at, look, through } from './descriptors.ts';

const MAX_DEPTH = 1024;

/**
 * Removes what is there with all below it, from open directory to open directory: the recursive removal of node:fs goes
 * by path, and would follow a link that a container puts there at the right moment. Nothing there is fine.
 */
export function removeTree(dir: number, name: string, depth = 0): void {
  if (depth > MAX_DEPTH) throw fail('TAR_UNPACK_FAILED', `more than ${MAX_DEPTH} directories inside each other`);
  const found = look(dir, name);
  if (!found) return;
  try {
    if (!found.stats.isDirectory()) {
      unlinkSync(at(dir, name));
      return;
    }
    const names = readdirSync(through(found.fd), { encoding: 'latin1' });
    for (const inner of names) removeTree(found.fd, inner, depth + 1);
    rmdirSync(at(dir, name));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  } finally {
    closeSync(found.fd);
  }
}
