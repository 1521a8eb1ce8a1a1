import { linkSync, lstatSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';

/**
 * Makes `link` another name of the program at `target`, in one step. A hard link, because `npm ci` removes
 * node_modules under a running engine, and the engine starts its own program again for workers; where the two lie on
 * different file systems it is a symbolic link.
 */
export function linkNode(target: string, link: string): void {
  const [wanted, found] = [statSync(target), lstatSync(link, { throwIfNoEntry: false })];
  if (found && wanted.ino === found.ino && wanted.dev === found.dev) return;
  const next = `${link}.next`;
  rmSync(next, { force: true });
  try {
    linkSync(target, next);
  } catch {
    symlinkSync(target, next); // Another file system, or one without hard links.
  }
  renameSync(next, link);
}
