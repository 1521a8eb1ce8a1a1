import { pack } from 'tar-stream';
import { EPOCH } from './epoch.ts';
import type { FileTree, TreeEntry } from './file-tree.ts';

type Header = Parameters<ReturnType<typeof pack>['entry']>[0];

const TYPES = { directory: 'directory', file: 'file', symlink: 'symlink', hardlink: 'link' } as const;

function header(path: string, entry: TreeEntry): Header {
  const target = entry.type === 'symlink' || entry.type === 'hardlink' ? { linkname: entry.target } : {};
  return {
    name: entry.type === 'directory' ? `${path}/` : path,
    type: TYPES[entry.type],
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: entry.type === 'file' ? entry.data.length : 0,
    mtime: EPOCH,
    ...target,
  };
}

/** The uncompressed layer archive of a tree: the same bytes for the same files, whenever and wherever it is made. */
export async function layerArchive(tree: FileTree): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  archive.on('data', (chunk) => chunks.push(chunk as Buffer));
  const ended = new Promise<void>((resolve, reject) => archive.on('end', resolve).on('error', reject));
  for (const [path, entry] of tree.entries()) {
    if (entry.type === 'file') archive.entry(header(path, entry), entry.data);
    else archive.entry(header(path, entry));
  }
  archive.finalize();
  await ended;
  return Buffer.concat(chunks);
}
