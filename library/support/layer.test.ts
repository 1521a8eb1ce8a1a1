import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { extract } from 'tar-stream';
import { FileTree } from './file-tree.ts';
import { layerArchive } from './layer.ts';

async function names(archive: Buffer): Promise<string[]> {
  const reader = extract();
  Readable.from([archive]).pipe(reader);
  const found: string[] = [];
  for await (const entry of reader) {
    found.push(`${entry.header.type} ${entry.header.name} ${(entry.header.mode ?? 0).toString(8)}`);
    entry.resume();
  }
  return found;
}

test('the same files give the same archive, in whatever order they were added', async () => {
  const one = new FileTree().file('b/x', '1').file('a', '2').symlink('b/l', 'x');
  const other = new FileTree().symlink('b/l', 'x').file('a', '2').file('b/x', '1');
  assert.deepEqual(await layerArchive(one), await layerArchive(other));
});

test('parents come before their children and appear by themselves', async () => {
  const tree = new FileTree().file('/usr/bin/prog', 'x', { mode: 0o4755 }).hardlink('usr/bin/same', '/usr/bin/prog');
  assert.deepEqual(await names(await layerArchive(tree)), [
    'directory usr/ 755',
    'directory usr/bin/ 755',
    'file usr/bin/prog 4755',
    'link usr/bin/same 644',
  ]);
});

test('paths above 100 bytes survive', async () => {
  const path = `${'d'.repeat(90)}/${'f'.repeat(120)}`;
  assert.ok((await names(await layerArchive(new FileTree().file(path, 'x')))).includes(`file ${path} 644`));
});

test('a file cannot lie below another file, nor outside the image', () => {
  assert.throws(() => new FileTree().file('a', '').file('a/b', ''), { code: 'LIBRARY_BAD_TREE' });
  assert.throws(() => new FileTree().file('../a', ''), { code: 'LIBRARY_BAD_TREE' });
});

test('removing a directory removes what is below it', () => {
  const tree = new FileTree().file('a/b/c', '').file('ab', '').remove('a');
  assert.deepEqual(
    tree.entries().map(([path]) => path),
    ['ab'],
  );
});
