import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeEntry, endOfArchive, type WriteEntry } from '../encode-header.ts';
import { readArchive } from '../read-archive.ts';
import { Beneath } from './beneath.ts';
import { O_PATH } from './descriptors.ts';
import { type TreeExtractOptions, TreeExtractor } from './tree-extractor.ts';
import { TreePacker } from './tree-packer.ts';

const home = mkdtempSync('/dev/shm/wharf-tree-');
after(() => rmSync(home, { recursive: true, force: true }));
let count = 0;

/** A tree with a directory outside of it that must not be reached. */
function world(): { root: string; outside: string; fd: number; tree: Beneath } {
  count += 1;
  const root = join(home, String(count), 'root');
  const outside = join(home, String(count), 'outside');
  mkdirSync(root, { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'SECRET');
  const fd = openSync(root, O_PATH | constants.O_DIRECTORY);
  after(() => closeSync(fd));
  return { root, outside, fd, tree: new Beneath(fd) };
}

type Part = Partial<WriteEntry> & { readonly name: string; readonly content?: string };

async function extract(tree: Beneath, base: string, parts: readonly Part[], options: Partial<TreeExtractOptions> = {}) {
  const entries = parts.map(({ content = '', ...part }) => {
    const entry = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 5, ...part, size: content.length } as const;
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
    return Buffer.concat([encodeEntry(entry), Buffer.from(content), padding]);
  });
  async function* source() {
    yield Buffer.concat([...entries, endOfArchive()]);
  }
  const extractor = new TreeExtractor(tree, base, { owner: 'own', ...options });
  try {
    await readArchive(source(), extractor);
    extractor.finish();
  } finally {
    extractor.close();
  }
}

function pack(fd: number, options = {}): string {
  const packer = new TreePacker([{ dir: fd, name: '', archiveName: '' }], { contentOnly: true, ...options });
  const buffer = Buffer.alloc(1000);
  const parts: Buffer[] = [];
  for (let size = packer.fill(buffer); size > 0; size = packer.fill(buffer))
    parts.push(Buffer.from(buffer.subarray(0, size)));
  packer.close();
  return Buffer.concat(parts).toString('latin1');
}

test('links end at the root, whatever they say; endless ones are told', () => {
  const { root, tree, outside } = world();
  mkdirSync(join(root, 'a/b'), { recursive: true });
  symlinkSync('/a', join(root, 'absolute'));
  symlinkSync(`../../../../../..${outside}`, join(root, 'a/up'));
  symlinkSync('loop', join(root, 'loop'));
  const path = (text: string, follow = true) => {
    const spot = tree.resolve(text, follow);
    tree.close(spot);
    return spot.path;
  };
  assert.equal(path('/absolute/b/../../a/./b/'), '/a/b');
  assert.equal(path('/absolute', false), '/absolute');
  assert.equal(path('/../../..'), '/');
  assert.throws(() => path('/a/up/secret'), { code: 'ENOENT' });
  assert.throws(() => path('/loop/x'), { code: 'ELOOP' });
  assert.throws(() => path('/none/x'), { code: 'ENOENT' });
  assert.equal(tree.canonical('/absolute/none/../other'), '/a/other');
});

test('an archive is written below its directory only', async () => {
  const { root, outside, tree } = world();
  mkdirSync(join(root, 'd'));
  symlinkSync(outside, join(root, 'd/out'));
  await assert.rejects(extract(tree, '/d', [{ name: '../x' }]), /invalid entry name "\.\.\/x"/);
  await assert.rejects(
    extract(tree, '/d', [{ name: 'l', type: 'link', linkname: '../../outside/secret' }]),
    /invalid hardlink target/,
  );
  await extract(tree, '/d', [{ name: 'out/planted', content: 'x' }]).catch(() => {});
  assert.deepEqual(readdirSync(outside), ['secret']);
  await extract(tree, '/d', [{ name: '/absolute/../kept', content: 'x' }]);
  assert.equal(readFileSync(join(root, 'd/kept'), 'utf8'), 'x');
});

test('what is there gives way; a directory is merged; with keepKinds neither becomes the other', async () => {
  const { root, outside, tree } = world();
  mkdirSync(join(root, 'dir/deep/er'), { recursive: true });
  symlinkSync(outside, join(root, 'dir/deep/link'));
  writeFileSync(join(root, 'file'), 'old');
  linkSync(join(root, 'file'), join(root, 'other'));
  await extract(tree, '/', [
    { name: 'dir/deep', content: 'now a file' },
    { name: 'file', content: 'new' },
    { name: 'dir', type: 'directory', mode: 0o700 },
  ]);
  assert.equal(readFileSync(join(root, 'other'), 'utf8'), 'old');
  assert.equal(readFileSync(join(root, 'dir/deep'), 'utf8'), 'now a file');
  assert.deepEqual([lstatSync(join(root, 'dir')).mode & 0o777, lstatSync(join(root, 'dir')).mtimeMs], [0o700, 5000]);
  assert.ok(existsSync(join(outside, 'secret')));
  const keep = { keepKinds: true };
  await assert.rejects(
    extract(tree, '/', [{ name: 'dir' }], keep),
    /cannot overwrite directory "dir" with non-directory "\/"/,
  );
  await assert.rejects(
    extract(tree, '/', [{ name: 'file', type: 'directory' }], keep),
    /cannot overwrite non-directory "file" with directory "\/"/,
  );
});

test('a tree is packed in the order of names, links unfollowed, other names of a file as links', () => {
  const { root, outside, fd } = world();
  writeFileSync(join(root, 'b'), 'x');
  linkSync(join(root, 'b'), join(root, 'c'));
  mkdirSync(join(root, 'a'));
  symlinkSync(outside, join(root, 'a/out'));
  const archive = pack(fd);
  const at = ['a/\0', 'a/out\0', 'b\0', 'c\0'].map((name) => archive.indexOf(name));
  assert.deepEqual(
    at,
    at.toSorted((one, other) => one - other),
  );
  assert.equal(archive.includes('SECRET'), false);
  assert.equal(archive.length % 512, 0);
  assert.equal(readlinkSync(join(root, 'a/out')), outside);
});

test('a layer leaves out what it is told to; memory is what the caller brings', () => {
  const { root, fd } = world();
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/hosts'), '');
  writeFileSync(join(root, 'kept'), 'x'.repeat(5000));
  const layer = { leaves: (path: string) => path === 'etc' };
  const archive = pack(fd, { layer });
  assert.equal(archive.includes('etc'), false);
  assert.ok(archive.includes('x'.repeat(5000)));
});
