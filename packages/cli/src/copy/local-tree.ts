import { closeSync, constants, openSync } from 'node:fs';
import { Beneath, O_PATH, TarParser, TreeExtractor, TreePacker } from '@wharf/tar';
import { type CopyInfo, localError, type Placing } from './copy-info.ts';
import { splitEntry } from './go-paths.ts';
import { makeNode } from './make-node.spawn.ts';

/** Bytes that are read from disk and sent at a time. */
const CHUNK = 512 * 1024;

function openDirectory(path: string): number {
  try {
    return openSync(path === '' ? '.' : path, O_PATH | constants.O_DIRECTORY);
  } catch (error) {
    throw localError('open', path, error);
  }
}

const binary = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** A local file or directory as an archive. A chunk's memory is used again when the next one is asked for. */
export async function* packLocal(source: CopyInfo, { rename }: Placing): AsyncGenerator<Uint8Array, void> {
  const { dir, base } = splitEntry(source.path);
  const named = rename?.to ?? (source.rebaseName === '' ? base : source.rebaseName);
  const fd = openDirectory(dir);
  const archiveName = source.isDirectory ? `${binary(named)}/` : binary(named);
  const packer = new TreePacker([{ dir: fd, name: base === '.' ? '' : binary(base), archiveName }]);
  const buffer = Buffer.allocUnsafe(CHUNK);
  try {
    for (let count = packer.fill(buffer); count > 0; count = packer.fill(buffer)) yield buffer.subarray(0, count);
  } finally {
    packer.close();
    closeSync(fd);
  }
}

/** What the extractor needs of the operating system; the owners of attributes that Node cannot set stay behind. */
const calls = {
  attributeNames: () => [],
  attribute: () => undefined,
  setAttribute() {},
  makeNode,
};

/**
 * Unpacks an archive in a local directory, never outside it: what comes from a container is not trusted. Everything
 * belongs to who runs the program.
 */
export async function unpackLocal(chunks: AsyncIterable<Buffer>, { dir, rename }: Placing): Promise<void> {
  const fd = openDirectory(dir);
  const tree = new Beneath(fd);
  const shownBase = dir.length > 1 ? dir.replace(/\/+$/, '') : dir;
  const extractor = new TreeExtractor(tree, '/', { owner: 'own', keepKinds: true, shownBase, calls });
  const renamed = (name: string) => (rename ? name.replace(binary(rename.from), () => binary(rename.to)) : name);
  const parser = new TarParser({
    entry: (entry) =>
      extractor.entry({
        ...entry,
        name: renamed(entry.name),
        ...(entry.type === 'link' && { linkname: renamed(entry.linkname) }),
      }),
    data: (chunk) => extractor.data(chunk),
    entryEnd: () => extractor.entryEnd(),
  });
  try {
    for await (const chunk of chunks) parser.push(chunk);
    parser.finish();
    extractor.finish();
  } finally {
    extractor.close();
    closeSync(fd);
  }
}
