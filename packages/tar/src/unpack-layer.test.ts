import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { archive, describeTree, entryBytes, pieces, scratch } from './testing/archives.ts';
import { unpackLayer } from './unpack-layer.ts';

const sha = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

test('one pass gives the tree, both digests and the size as Docker counts it', async () => {
  using dir = scratch();
  const tar = archive(
    { name: './', mode: 0o711 },
    { name: 'bin/' },
    { name: 'bin/sh', content: '#!', mode: 0o4755, uid: 7, gid: 8 },
    { name: 'bin/link', type: 'symlink', linkname: '/bin/sh' },
    { name: 'bin/hard', type: 'link', linkname: 'bin/sh' },
    { name: 'tmp/', mode: 0o1777, mtime: 1_600_000_000 },
    { name: 'tmp/x' },
  );
  const gz = gzipSync(tar);
  const result = await unpackLayer(pieces(gz, 100), dir.path);
  assert.equal(result.diffId, sha(tar));
  assert.equal(result.digest, sha(gz));
  assert.equal(result.compressedSize, gz.length);
  assert.equal(result.size, 2 + '/bin/sh'.length);
  assert.equal(result.entries, 7);
  assert.deepEqual([result.special, result.implied, result.times], [[], [], []]);
  const sh = lstatSync(join(dir.path, 'bin/sh'));
  assert.deepEqual([sh.mode & 0o7777, sh.uid, sh.gid, sh.nlink], [0o4755, 7, 8, 2]);
  const tmp = statSync(join(dir.path, 'tmp'));
  assert.deepEqual([tmp.mode & 0o7777, tmp.mtimeMs], [0o1777, 1_600_000_000_000]);
  assert.equal(statSync(dir.path).mode & 0o7777, 0o711);
});

test('gzip in several members, zstd with skippable frames and plain archives are told apart', async () => {
  const tar = archive({ name: 'a', content: 'x'.repeat(3000) });
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
  const forms = {
    plain: tar,
    members: Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]),
    padded: Buffer.concat([gzipSync(tar), Buffer.alloc(512)]),
    zstd: Buffer.concat([skippable, zstdCompressSync(tar), skippable]),
  };
  for (const [name, bytes] of Object.entries(forms)) {
    using dir = scratch();
    const result = await unpackLayer(pieces(bytes, 1), dir.path);
    assert.equal(result.diffId, sha(tar), name);
    assert.equal(result.digest, sha(bytes), name);
    assert.equal(readFileSync(join(dir.path, 'a'), 'utf8').length, 3000, name);
  }
});

test('whiteouts become special entries, but never hide what the same layer has', async () => {
  using dir = scratch();
  const tar = archive(
    { name: 'etc/' },
    { name: 'etc/.wh.gone' },
    { name: 'etc/.wh.kept' },
    { name: 'etc/kept', content: '1' },
    { name: 'var/' },
    { name: 'var/.wh..wh..opq' },
    { name: 'var/.wh..wh.plnk' },
    { name: 'opt/.wh.dir' },
    { name: 'opt/dir/' },
    { name: '.wh.root' },
  );
  const { special, times, implied } = await unpackLayer(pieces(tar), dir.path);
  assert.deepEqual(special, [
    { kind: 'whiteout', path: 'etc/gone' },
    { kind: 'whiteout', path: 'root' },
    { kind: 'opaque', path: 'var' },
    { kind: 'opaque', path: 'opt/dir' },
  ]);
  assert.deepEqual(times.map((each) => each.path).sort(), ['', 'etc']);
  assert.deepEqual(implied, ['opt']);
  assert.deepEqual(readdirSync(dir.path).sort(), ['etc', 'opt', 'var']);
  assert.deepEqual(readdirSync(join(dir.path, 'var')), []);
});

test('devices, fifos and attributes are returned, with binary values intact and overlayfs attributes dropped', async () => {
  using dir = scratch();
  const capability = Buffer.from('0100000280000000000000000000000000000000', 'hex');
  const tar = archive(
    { name: 'dev/' },
    { name: 'dev/null', type: 'character', mode: 0o666, major: 1, minor: 3 },
    { name: 'dev/null2', type: 'link', linkname: 'dev/null' },
    { name: 'pipe', type: 'fifo', mode: 0o600, uid: 5 },
    {
      name: 'ping',
      content: 'x',
      xattrs: new Map([
        ['security.capability', capability],
        ['trusted.overlay.redirect', Buffer.from('/etc')],
        ['user.overlay.opaque', Buffer.from('y')],
        ['user.note', Buffer.from('a\nb=c')],
      ]),
    },
  );
  const { special, times } = await unpackLayer(pieces(tar), dir.path);
  const owner = { uid: 0, gid: 0 };
  assert.deepEqual(special, [
    { kind: 'node', path: 'dev/null', mode: 0o020666, major: 1, minor: 3, ...owner },
    { kind: 'node', path: 'dev/null2', mode: 0o020666, major: 1, minor: 3, ...owner },
    { kind: 'node', path: 'pipe', mode: 0o010600, major: 0, minor: 0, uid: 5, gid: 0 },
    { kind: 'xattr', path: 'ping', name: 'security.capability', value: capability },
    { kind: 'xattr', path: 'ping', name: 'user.note', value: Buffer.from('a\nb=c') },
  ]);
  assert.deepEqual(times.map((each) => each.path).sort(), ['', 'dev', 'dev/null', 'dev/null2', 'pipe']);
});

test('a link that stands in for a directory is followed inside the layer', async () => {
  using dir = scratch();
  const tar = archive(
    { name: 'usr/lib/' },
    { name: 'lib', type: 'symlink', linkname: 'usr/lib' },
    { name: 'lib/libc.so', content: 'c' },
    { name: 'abs', type: 'symlink', linkname: '/usr/../../../usr/lib' },
    { name: 'abs/sub/deep', content: 'd' },
    { name: 'new', type: 'symlink', linkname: '../not/there' },
    { name: 'new/file', content: 'n' },
  );
  await unpackLayer(pieces(tar), dir.path);
  assert.equal(readFileSync(join(dir.path, 'usr/lib/libc.so'), 'utf8'), 'c');
  assert.equal(readFileSync(join(dir.path, 'usr/lib/sub/deep'), 'utf8'), 'd');
  assert.equal(readFileSync(join(dir.path, 'not/there/file'), 'utf8'), 'n');
});

test('later entries replace earlier ones of another type; directories merge', async () => {
  using dir = scratch();
  const tar = archive(
    { name: 'a/' },
    { name: 'a/b/' },
    { name: 'a/b/c', content: 'old' },
    { name: 'a/.wh.w' },
    { name: 'a/n', type: 'fifo' },
    { name: 'a', content: 'file' },
    { name: 'd/', mode: 0o700 },
    { name: 'd/keep', content: 'k' },
    { name: 'd/', mode: 0o750 },
    { name: 'f', content: 'one' },
    { name: 'f', type: 'symlink', linkname: 'd' },
    { name: 'f/', mode: 0o711 },
    { name: 'f/inner' },
  );
  const result = await unpackLayer(pieces(tar), dir.path);
  assert.deepEqual(
    describeTree(dir.path, { times: false }).map((line) => line.split(' ').slice(0, 3).join(' ')),
    ['a f 644', 'd d 750', 'd/keep f 644', 'f d 711', 'f/inner f 644'],
  );
  assert.deepEqual(result.special, []);
  assert.equal(result.size, 'file'.length + 'k'.length + 'old'.length);
});

test('names that are not UTF-8 or very long arrive byte for byte', async () => {
  using dir = scratch();
  const long = `${'d'.repeat(200)}/${'f'.repeat(250)}`;
  const raw = Buffer.from([0x66, 0xff, 0xfe]).toString('latin1');
  const accented = Buffer.from('Főtanúsítvány').toString('latin1');
  const tar = archive({ name: long, content: '1' }, { name: raw, content: '2' }, { name: accented, content: '3' });
  await unpackLayer(pieces(tar), dir.path);
  assert.equal(readFileSync(join(dir.path, long), 'utf8'), '1');
  const names = readdirSync(dir.path, { encoding: 'latin1' });
  assert.ok(names.includes(raw) && names.includes(accented));
});

test('times keep their fraction and links their target', async () => {
  using dir = scratch();
  const header = entryBytes({ name: 't', mtime: 5 });
  const record = '30 mtime=1700000000.123456789\n';
  const pax = entryBytes({ name: 'PaxHeaders/t', content: record });
  pax.write('x', 156, 'latin1');
  fixChecksum(pax);
  await unpackLayer(
    pieces(Buffer.concat([pax, header, archive({ name: 's', type: 'symlink', linkname: 'ü/x' })])),
    dir.path,
  );
  const { mtimeNs } = lstatSync(join(dir.path, 't'), { bigint: true });
  assert.ok(mtimeNs > 1_700_000_000_123_455_000n && mtimeNs < 1_700_000_000_123_458_000n, String(mtimeNs));
  assert.equal(readlinkSync(join(dir.path, 's'), { encoding: 'latin1' }), 'ü/x');
});

function fixChecksum(block: Buffer): void {
  block.write('        ', 148, 'latin1');
  let sum = 0;
  for (const byte of block.subarray(0, 512)) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
