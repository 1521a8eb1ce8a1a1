import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { archive } from './testing/archives.ts';
import { EMPTY, ImageWorld } from './testing/image-world.ts';

/** Mounts the snapshot for real, as root, for the length of `look`. Names relative to the layers: 128 fit one page. */
function mounted(world: ImageWorld, id: string, look: (root: string) => void): void {
  const { lower, upper, work } = world.images.snapshots.get(id);
  const merged = join(world.root, `merged-${id}`);
  const layers = join(world.root, 'store/layers');
  mkdirSync(merged);
  const names = lower.map((dir) => dir.slice(layers.length + 1)).join(':');
  const options = `lowerdir=${names},upperdir=${upper},workdir=${work}`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged], { cwd: layers });
  try {
    look(merged);
  } finally {
    execFileSync('umount', [merged]);
  }
}

test('stacked layers show what the image format says: whiteouts, opaque directories, devices, attributes', async () => {
  await using world = new ImageWorld();
  const capability = Buffer.from('0100000280000000000000000000000000000000', 'hex');
  world.registry.putImage(['library/a:latest'], {
    layers: [
      {
        tar: archive(
          { name: 'bin/', mode: 0o751, uid: 3, gid: 4 },
          { name: 'bin/gone', content: '1' },
          { name: 'bin/kept', content: '1' },
          { name: 'data/' },
          { name: 'data/old', content: '1' },
          { name: 'dir/' },
          { name: 'dir/inner', content: '1' },
          { name: 'swap/' },
          { name: 'swap/old', content: '1' },
        ),
      },
      {
        tar: archive(
          // No entry for bin itself: it must look as below.
          { name: 'bin/.wh.gone' },
          { name: 'bin/new', content: '2', xattrs: new Map([['security.capability', capability]]) },
          { name: 'data/' },
          { name: 'data/.wh..wh..opq' },
          { name: 'data/fresh', content: '2' },
          { name: '.wh.dir' },
          { name: '.wh.swap' },
          { name: 'swap/' },
          { name: 'swap/new', content: '2' },
          { name: 'null', type: 'character', mode: 0o666, major: 1, minor: 3 },
          { name: 'pipe', type: 'fifo', mode: 0o640, uid: 9 },
        ),
      },
    ],
  });
  await world.pull('a');
  world.images.snapshots.prepare('c1', world.images.get('a'));
  mounted(world, 'c1', (root) => {
    const list = (dir: string) => readdirSync(join(root, dir)).sort();
    assert.deepEqual(list(''), ['bin', 'data', 'null', 'pipe', 'swap']);
    assert.deepEqual(list('bin'), ['kept', 'new']);
    assert.deepEqual(list('data'), ['fresh']);
    assert.deepEqual(list('swap'), ['new']);
    const bin = statSync(join(root, 'bin'));
    assert.deepEqual([bin.mode & 0o7777, bin.uid, bin.gid, bin.mtimeMs], [0o751, 3, 4, 1_700_000_000_000]);
    const device = lstatSync(join(root, 'null'));
    assert.ok(device.isCharacterDevice());
    assert.deepEqual([device.rdev, device.mode & 0o777, device.mtimeMs], [0x103, 0o666, 1_700_000_000_000]);
    const pipe = lstatSync(join(root, 'pipe'));
    assert.deepEqual([pipe.isFIFO(), pipe.mode & 0o777, pipe.uid], [true, 0o640, 9]);
    assert.equal(statSync(root).mode & 0o7777, 0o755);
  });
});

test('an image of 128 layers mounts, and every layer shows', async () => {
  await using world = new ImageWorld();
  const layers = Array.from({ length: 128 }, (_, at) => ({
    tar: archive({ name: 'd/' }, { name: `d/${at}`, content: String(at) }, { name: 'top', content: String(at) }),
  }));
  world.registry.putImage(['library/deep:latest'], { layers });
  await world.pull('deep');
  world.images.snapshots.prepare('deep', world.images.get('deep'));
  mounted(world, 'deep', (root) => {
    assert.equal(readdirSync(join(root, 'd')).length, 128);
    assert.equal(readFileSync(join(root, 'top'), 'utf8'), '127');
  });
});

test('a snapshot counts and loses what was written, and keeps its layers when the image goes', async () => {
  await using world = new ImageWorld();
  const { config } = world.registry.putImage(['library/a:latest'], {
    layers: [{ tar: archive({ name: 'f', content: 'f' }) }],
  });
  await world.pull('a');
  const image = world.images.get('a');
  const { upper, work, lower } = world.images.snapshots.prepare('c1', image);
  assert.deepEqual(
    lower,
    image.layers.map((layer) => layer.dir),
  );
  assert.equal(statSync(upper).mode & 0o7777, 0o755);
  assert.deepEqual(readdirSync(work), []);
  assert.throws(() => world.images.snapshots.prepare('c1', image), { code: 'SNAPSHOT_EXISTS' });
  assert.throws(() => world.images.snapshots.prepare('../c2', image), { code: 'SNAPSHOT_EXISTS' });
  writeFileSync(join(upper, 'file'), 'twelve bytes');
  assert.equal(await world.images.snapshots.usage('c1'), 12);
  world.inUse(config, { container: 'c1', running: false });
  const answer = await world.images.remove('a', { force: true });
  assert.ok(answer.some((each) => 'Deleted' in each && each.Deleted === config));
  await world.restart();
  assert.ok(existsSync(join(lower[0] ?? '', 'f')), 'the container still has its root');
  assert.deepEqual(world.images.snapshots.list(), ['c1']);
  world.images.snapshots.remove('c1');
  world.images.snapshots.remove('c1');
  assert.throws(() => world.images.snapshots.get('c1'), { kind: 'not_found' });
  assert.deepEqual(await world.leftovers(), EMPTY);
});

test('what a crash leaves of snapshots is cleaned up at the next start', async () => {
  await using world = new ImageWorld();
  mkdirSync(join(world.root, 'store/snapshots/half/upper'), { recursive: true });
  await world.restart();
  assert.deepEqual(await world.leftovers(), EMPTY);
});

test('a layer that the disk has lost is fetched again by the next pull', async () => {
  await using world = new ImageWorld();
  world.registry.putImage(['library/a:latest'], { layers: [{ tar: archive({ name: 'f', content: 'f' }) }] });
  await world.pull('a');
  rmSync(world.images.get('a').layers[0]?.dir ?? '', { recursive: true });
  await world.restart();
  assert.throws(() => world.images.get('a'), { code: 'NO_SUCH_IMAGE' });
  assert.deepEqual(await world.leftovers(), EMPTY);
  await world.pull('a');
  assert.equal(readFileSync(join(world.images.get('a').layers[0]?.dir ?? '', 'f'), 'utf8'), 'f');
});
