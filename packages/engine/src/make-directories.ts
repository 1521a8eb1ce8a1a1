import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '@wharf/kit';

/**
 * Makes a directory and its missing parents; one that is there is left as it is. Node's own recursive mkdir never
 * returns where the kernel refuses a new directory with ENOENT, as /proc does. Throws what mkdir(2) throws; EEXIST when
 * the path is no directory.
 */
export function makeDirectories(path: string, mode = 0o777): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  const parent = dirname(path);
  if (!found && parent !== path) makeDirectories(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Somebody else may have made it in between.
    const raced = errnoOf(error) === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory();
    if (!raced) throw error;
  }
}
