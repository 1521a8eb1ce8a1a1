import { readdir, rmdir, unlink } from 'node:fs/promises';
import { errnoOf } from '@wharf/kit';

/**
 * Removes a tree of at most `budget` entries without blocking. False when it is larger (part of it may be gone): then it
 * is work for a thread of its own. Most containers leave a handful of files; a thread costs 10 MB and 50 ms to start.
 */
export async function removeSmall(path: string, budget: number): Promise<boolean> {
  return (await remove(Buffer.from(path), budget)) >= 0;
}

/** What is left of the budget; negative when it did not suffice. */
async function remove(path: Buffer, budget: number): Promise<number> {
  let left = budget - 1;
  if (left < 0) return left;
  const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (entries === undefined) {
    await unlink(path);
    return left;
  }
  for (const entry of entries) {
    const inner = Buffer.concat([path, Buffer.from('/'), entry.name]);
    if (entry.isDirectory()) left = await remove(inner, left);
    else if (left > 0) {
      await unlink(inner);
      left -= 1;
    } else left = -1;
    if (left < 0) return left;
  }
  await rmdir(path);
  return left;
}
