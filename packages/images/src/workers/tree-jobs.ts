import { chmodSync, lchownSync, lstatSync, lutimesSync, readdirSync, rmSync, type Stats, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { PathTime } from '@wharf/tar';

/** Work on directory trees, synchronous: done in worker threads. */

export function removeTree(path: string): null {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  return null;
}

/** Sum of sizes below the path: directories count nothing, files with several names once. */
export function treeSize(root: string): number {
  const seen = new Set<string>();
  const pending: Buffer[] = [Buffer.from(root)];
  let size = 0;
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    for (const name of list(dir)) {
      const path = Buffer.concat([dir, Buffer.from('/'), name]);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      if (stat.isDirectory()) pending.push(path);
      else if (stat.nlink === 1 || isFirst(seen, stat)) size += stat.size;
    }
  }
  return size;
}

/** A container may be changing its files while they are counted. */
function list(dir: Buffer): Buffer[] {
  try {
    return readdirSync(dir, { encoding: 'buffer' });
  } catch {
    return [];
  }
}

function isFirst(seen: Set<string>, stat: Stats): boolean {
  const key = `${stat.dev}:${stat.ino}`;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

export function setTimes(root: string, times: readonly PathTime[]): null {
  for (const { path, mtime } of times) lutimesSync(join(root, path), mtime, mtime);
  return null;
}

/**
 * The parents of an entry that an archive does not have itself must look as in the layer below: the directory of the
 * upper layer hides the attributes of the lower one.
 */
export function adoptAttributes(root: string, lower: readonly string[], directories: readonly string[]): null {
  for (const path of directories) {
    const found = lower.map((dir) => realDirectory(dir, path)).find((stat) => stat !== undefined);
    if (!found) continue;
    const own = join(root, path);
    lchownSync(own, found.uid, found.gid);
    chmodSync(own, found.mode & 0o7777);
    utimesSync(own, found.mtimeMs / 1000, found.mtimeMs / 1000);
  }
  return null;
}

/** What is at the path when every component is a directory: a link of the lower layer is not followed. */
function realDirectory(root: string, path: string): Stats | undefined {
  let at = root;
  let stat: Stats | undefined;
  for (const part of path.split('/')) {
    at = join(at, part);
    stat = lstatSync(at, { throwIfNoEntry: false });
    if (!stat?.isDirectory()) return undefined;
  }
  return stat;
}
