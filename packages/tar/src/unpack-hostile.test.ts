import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { archive, describeTree, entryBytes, pieces, scratch, type TestEntry } from './testing/archives.ts';
import { unpackLayer } from './unpack-layer.ts';

/** A layer directory beside a file that no archive may touch. */
function world() {
  const dir = scratch();
  const layer = join(dir.path, 'layer');
  mkdirSync(layer);
  mkdirSync(join(dir.path, 'outside'), { mode: 0o755 });
  writeFileSync(join(dir.path, 'outside/secret'), 'untouched', { mode: 0o600 });
  const before = describeTree(join(dir.path, 'outside'));
  return {
    layer,
    outside: join(dir.path, 'outside'),
    assertUntouched: () => assert.deepEqual(describeTree(join(dir.path, 'outside')), before),
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  };
}

const refused: Record<string, { entries: TestEntry[]; message: RegExp }> = {
  'parent directory': { entries: [{ name: '../outside/x' }], message: /"..\/outside\/x": name leads out/ },
  'hidden parent directory': { entries: [{ name: 'a/../../outside/x' }], message: /name leads out/ },
  'hard link to the outside': {
    entries: [{ name: 'x', type: 'link', linkname: '../outside/secret' }],
    message: /"..\/outside\/secret": name leads out/,
  },
  'hard link to an absolute path': {
    entries: [{ name: 'x', type: 'link', linkname: '/etc/passwd' }],
    message: /no file of this layer/,
  },
  'hard link to a directory': {
    entries: [{ name: 'd/' }, { name: 'x', type: 'link', linkname: 'd' }],
    message: /no file of this layer/,
  },
  'whiteout of the parent': { entries: [{ name: 'd/.wh...' }], message: /whiteout without a name/ },
  'whiteout of the directory': { entries: [{ name: 'd/.wh..' }], message: /whiteout without a name/ },
  'file as a parent': { entries: [{ name: 'f' }, { name: 'f/x' }], message: /parent "f" is not a directory/ },
  'device as a parent': {
    entries: [{ name: 'f', type: 'fifo' }, { name: 'f/x' }],
    message: /parent "f" is not a directory/,
  },
  'link to itself as a parent': {
    entries: [{ name: 'l', type: 'symlink', linkname: 'l' }, { name: 'l/x' }],
    message: /too many links/,
  },
  'links that multiply': {
    entries: [
      ...Array.from({ length: 39 }, (_, at) => ({
        name: `l${at}`,
        type: 'symlink' as const,
        linkname: `l${at + 1}/../l${at + 1}/../l${at + 1}`,
      })),
      { name: 'l39/' },
      { name: 'l0/x' },
    ],
    message: /too many links/,
  },
  'name over the limit': { entries: [{ name: 'a/'.repeat(2100) + 'x' }], message: /longer than 4096/ },
  'component over the limit': { entries: [{ name: 'a'.repeat(300) }], message: /name too long/ },
  'device number out of range': {
    entries: [{ name: 'x', type: 'block', major: 0o7777777 }],
    message: /out of range/,
  },
};

for (const [name, { entries, message }] of Object.entries(refused)) {
  test(`refused: ${name}`, async () => {
    using place = world();
    await assert.rejects(unpackLayer(pieces(archive(...entries)), place.layer), { name: 'WharfError', message });
    place.assertUntouched();
  });
}

test('links to the outside are kept as text and never followed', async () => {
  using place = world();
  const target = place.outside;
  const tar = archive(
    { name: 'd/', mode: 0o777 },
    { name: 'd/sub/', mode: 0o777 },
    { name: 'd/sub/pipe', type: 'fifo' },
    { name: 'd', type: 'symlink', linkname: target },
    { name: 'escape', type: 'symlink', linkname: `../../../..${target}` },
    { name: 'escape/secret', content: 'stolen' },
    { name: 'file', type: 'symlink', linkname: `${target}/secret` },
    { name: 'hard', type: 'link', linkname: 'file' },
    { name: 'file', content: 'own' },
    { name: 'dir', type: 'symlink', linkname: target },
    { name: 'dir/', mode: 0o777 },
    { name: 'dir/secret', content: 'own', mode: 0o777 },
  );
  const result = await unpackLayer(pieces(tar), place.layer);
  place.assertUntouched();
  assert.equal(readFileSync(join(place.layer, target, 'secret'), 'utf8'), 'stolen');
  assert.equal(readFileSync(join(place.layer, 'file'), 'utf8'), 'own');
  assert.deepEqual(result.special, []);
});

test('an archive that ends anywhere inside an entry is refused', async () => {
  const tar = archive(
    { name: 'dir/' },
    { name: 'dir/a', content: 'x'.repeat(700) },
    { name: 'b'.repeat(150), content: 'y' },
  );
  for (let cut = 7; cut < tar.length - 1024; cut += 37) {
    using dir = scratch();
    await assert.rejects(
      unpackLayer(pieces(tar.subarray(0, cut)), dir.path),
      { code: 'TAR_TRUNCATED' },
      `cut at ${cut}`,
    );
  }
  for (const compressed of [gzipSync(tar), zstdCompressSync(tar)]) {
    using dir = scratch();
    const cut = compressed.subarray(0, compressed.length - 4);
    await assert.rejects(unpackLayer(pieces(cut), dir.path), { code: 'TAR_TRUNCATED', message: /unexpected EOF/ });
  }
});

test('the message says which entry was cut off', async () => {
  using dir = scratch();
  const tar = archive({ name: 'dir/big', content: 'x'.repeat(2000) }).subarray(0, 1024);
  await assert.rejects(unpackLayer(pieces(tar), dir.path), { message: 'unexpected EOF in entry "dir/big"' });
});

test('damage is told from truncation', async () => {
  const tar = archive({ name: 'a', content: 'abc' });
  const flipped = Buffer.from(tar);
  flipped[3] = 0x41;
  const gz = gzipSync(Buffer.alloc(5000, 'x'));
  gz[20] = (gz[20] ?? 0) ^ 0xff;
  const cases: [Buffer, RegExp][] = [
    [flipped, /invalid tar header/],
    [Buffer.alloc(1024, 'x'), /invalid tar header/],
    [gz, /damaged compressed data|invalid tar header/],
    [Buffer.concat([Buffer.from('\xfd7zXZ\0', 'latin1'), Buffer.alloc(20)]), /compressed with xz/],
    [Buffer.concat([gzipSync(tar), Buffer.from('garbage')]), /damaged compressed data/],
    [Buffer.concat([zstdCompressSync(tar), Buffer.from('garbage')]), /after its end/],
    [Buffer.concat([tar, Buffer.from('garbage')]), /7 bytes of data after its end/],
  ];
  for (const [bytes, message] of cases) {
    using dir = scratch();
    await assert.rejects(unpackLayer(pieces(bytes), dir.path), { code: 'TAR_INVALID', message });
  }
});

test('data after the end mark can be passed over, and is counted', async () => {
  using dir = scratch();
  const tar = Buffer.concat([archive({ name: 'a' }), Buffer.from('garbage')]);
  assert.equal((await unpackLayer(pieces(tar), dir.path, { trailing: 'ignore' })).trailing, 7);
});

test('numbers of entries, bytes and special entries are bounded', async () => {
  const cases: [Buffer, object][] = [
    [archive({ name: 'a' }, { name: 'b' }), { entries: 1 }],
    [archive({ name: 'a', content: 'xx' }, { name: 'b', content: 'yy' }), { bytes: 3 }],
    [archive({ name: '.wh.a' }, { name: '.wh.b' }), { special: 1 }],
  ];
  for (const [tar, limits] of cases) {
    using dir = scratch();
    await assert.rejects(unpackLayer(pieces(tar), dir.path, { limits }), { code: 'TAR_TOO_LARGE' });
  }
  using dir = scratch();
  const bomb = entryBytes({ name: 'x' });
  bomb.write('x', 156, 'latin1');
  bomb.write('77777777777', 124, 'latin1');
  bomb.write('        ', 148, 'latin1');
  const sum = bomb.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bomb.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  await assert.rejects(unpackLayer(pieces(bomb), dir.path), { code: 'TAR_TOO_LARGE' });
});

test('random damage never writes outside and never hangs', async () => {
  using place = world();
  const tar = archive(
    { name: 'd/', mode: 0o700 },
    { name: 'd/f', content: 'x'.repeat(1500) },
    { name: 'l', type: 'symlink', linkname: '../outside' },
    { name: 'n'.repeat(180), content: 'z', xattrs: new Map([['user.a', Buffer.from('b')]]) },
  );
  let seed = 42;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  for (let round = 0; round < 300; round += 1) {
    const bytes = Buffer.from(tar);
    for (let flip = 0; flip <= random(4); flip += 1) bytes[random(bytes.length)] = random(256);
    repairChecksums(bytes);
    const target = join(place.layer, String(round));
    mkdirSync(target);
    await unpackLayer(pieces(bytes), target).catch((error: unknown) => {
      assert.equal((error as Error).name, 'WharfError', String(error));
    });
  }
  place.assertUntouched();
  assert.deepEqual(readdirSync(join(place.layer, '..')).sort(), ['layer', 'outside']);
  assert.ok(statSync(place.layer).isDirectory());
});

/** Makes the damage reach past the checksum. */
function repairChecksums(bytes: Buffer): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.write('        ', 148, 'latin1');
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
}
