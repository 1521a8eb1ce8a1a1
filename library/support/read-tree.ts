import type { Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FileTree } from './file-tree.ts';

/**
 * Reads a root file system from disk into a tree: files, directories, symbolic and hard links with owners and modes.
 * Devices, sockets and pipes are left out: a container gets its own.
 */
export async function readTree(root: string): Promise<FileTree> {
  const tree = new FileTree();
  const firstNames = new Map<string, string>();

  async function addFile(path: string, stats: Stats): Promise<void> {
    const ownership = { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
    const inode = `${stats.dev}:${stats.ino}`;
    const firstName = firstNames.get(inode);
    if (stats.nlink > 1 && firstName !== undefined) {
      tree.hardlink(path, firstName, ownership);
      return;
    }
    firstNames.set(inode, path);
    tree.file(path, await readFile(join(root, path)), ownership);
  }

  async function walk(directory: string): Promise<void> {
    // Sorted, so that of two names of one file always the same one holds the content.
    for (const name of (await readdir(join(root, directory))).sort()) {
      const path = directory === '' ? name : `${directory}/${name}`;
      const stats = await lstat(join(root, path));
      const ownership = { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
      if (stats.isDirectory()) {
        tree.directory(path, ownership);
        await walk(path);
      } else if (stats.isSymbolicLink()) tree.symlink(path, await readlink(join(root, path)), ownership);
      else if (stats.isFile()) await addFile(path, stats);
    }
  }

  await walk('');
  return tree;
}
