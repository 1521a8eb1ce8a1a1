import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { extract } from 'tar-stream';
import { packLayer } from './pack-layer.ts';
import { describeTree, pieces, scratch } from './testing/archives.ts';
import { unpackLayer } from './unpack-layer.ts';

/** A tree with a bit of everything that archives of all formats can hold. */
function makeTree(root: string): void {
  mkdirSync(join(root, 'usr/share/deep'), { recursive: true });
  writeFileSync(join(root, 'usr/a'), 'content a');
  chmodSync(join(root, 'usr/a'), 0o2755);
  chownSync(join(root, 'usr/a'), 1000, 1000);
  linkSync(join(root, 'usr/a'), join(root, 'usr/hard'));
  symlinkSync('../usr/a', join(root, 'usr/soft'));
  writeFileSync(join(root, 'usr/share/deep/empty'), '');
  writeFileSync(join(root, 'usr/share/deep/block'), Buffer.alloc(512, 'b'));
  writeFileSync(join(root, 'usr/share/deep/odd'), Buffer.alloc(300_001, 'o'));
  chmodSync(join(root, 'usr/share'), 0o1700);
  for (const path of ['usr/a', 'usr/share/deep', 'usr/share', 'usr']) utimesSync(join(root, path), 1e9, 1e9 + 77);
}

for (const format of ['v7', 'ustar', 'gnu', 'pax']) {
  test(`archives that GNU tar writes as ${format} unpack to the same tree`, async () => {
    using from = scratch();
    using to = scratch();
    makeTree(from.path);
    if (format === 'gnu' || format === 'pax') {
      const long = join(from.path, 'usr', 'n'.repeat(120));
      mkdirSync(long);
      writeFileSync(join(long, 'm'.repeat(140)), 'long');
      symlinkSync('t'.repeat(150), join(long, 'link'));
    }
    const tar = execFileSync('tar', [`--format=${format}`, '-C', from.path, '-c', '.'], { maxBuffer: 1 << 24 });
    await unpackLayer(pieces(tar, 1000), to.path);
    assert.deepEqual(describeTree(to.path), describeTree(from.path));
    assert.equal(lstatSync(join(to.path, 'usr/hard')).nlink, 2);
  });
}

for (const format of ['gnu', 'posix-0.0', 'posix-0.1', 'posix-1.0']) {
  test(`sparse files of format ${format} keep content and holes`, async () => {
    using from = scratch();
    using to = scratch();
    const fd = openSync(join(from.path, 'sparse'), 'w');
    for (let hole = 0; hole < 60; hole += 1) writeSync(fd, Buffer.alloc(4096, hole + 1), 0, 4096, hole * 1_000_000);
    closeSync(fd);
    writeFileSync(join(from.path, 'after'), 'next entry');
    const how = format === 'gnu' ? ['--format=gnu'] : ['--format=pax', `--sparse-version=${format.slice(6)}`];
    const tar = execFileSync('tar', [...how, '-S', '-C', from.path, '-c', 'sparse', 'after'], { maxBuffer: 1 << 26 });
    assert.ok(tar.length < 1_000_000, 'the archive itself is sparse');
    await unpackLayer(pieces(tar, 777), to.path);
    assert.ok(readFileSync(join(to.path, 'sparse')).equals(readFileSync(join(from.path, 'sparse'))));
    assert.ok(statSync(join(to.path, 'sparse')).blocks * 512 < 1_000_000, 'holes stay holes');
    assert.equal(readFileSync(join(to.path, 'after'), 'utf8'), 'next entry');
  });
}

test('packing is reproducible, GNU tar and tar-stream read it, and unpacking gives the tree back', async () => {
  using from = scratch();
  using other = scratch();
  using to = scratch();
  using gnu = scratch();
  for (const root of [from.path, other.path]) {
    makeTree(root);
    mkdirSync(join(root, 'x'.repeat(101)));
    writeFileSync(join(root, 'x'.repeat(101), 'ä'.repeat(60)), 'long and accented');
    execFileSync('mknod', [join(root, 'gone'), 'c', '0', '0']);
    execFileSync('mknod', ['-m', '620', join(root, 'tty'), 'c', '4', '300']);
    execFileSync('mkfifo', [join(root, 'pipe')]);
  }
  const options = { mtime: 1_234_567_890, attributes: (path: string) => ({ opaque: path === 'usr/share' }) };
  const collect = async (root: string) => {
    const parts: Buffer[] = [];
    for await (const part of packLayer(root, options)) parts.push(part);
    return Buffer.concat(parts);
  };
  const tar = await collect(from.path);
  assert.ok(tar.equals(await collect(other.path)));
  const names: string[] = [];
  const reader = extract();
  reader.on('entry', (header, stream, next) => {
    names.push(`${header.type} ${header.name}`);
    stream.on('end', next).resume();
  });
  reader.end(tar);
  await new Promise<void>((resolve) => reader.on('finish', () => resolve()));
  for (const name of ['file .wh.gone', 'file usr/share/.wh..wh..opq', 'link usr/hard', 'character-device tty']) {
    assert.ok(names.includes(name), name);
  }
  const { special } = await unpackLayer(pieces(tar), to.path);
  assert.deepEqual(special, [
    { kind: 'node', path: 'pipe', mode: 0o010644, major: 0, minor: 0, uid: 0, gid: 0 },
    { kind: 'node', path: 'tty', mode: 0o020620, major: 4, minor: 300, uid: 0, gid: 0 },
    { kind: 'whiteout', path: 'gone' },
    { kind: 'opaque', path: 'usr/share' },
  ]);
  execFileSync('tar', ['-x', '-p', '-C', gnu.path, '--exclude=.wh.*', '--exclude=tty', '--exclude=pipe'], {
    input: tar,
  });
  assert.deepEqual(describeTree(to.path), describeTree(gnu.path));
});
