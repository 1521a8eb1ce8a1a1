import { open } from 'node:fs/promises';

/** Makes the entries of a directory (a rename, a removal) durable, off the main thread. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
