import assert from 'node:assert/strict';
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { archive } from './testing/archives.ts';
import { digestOf, type TestLayer } from './testing/fake-registry.ts';
import { EMPTY, ImageWorld } from './testing/image-world.ts';

const base: TestLayer = {
  tar: archive({ name: 'bin/' }, { name: 'bin/sh', content: 'shell', mode: 0o4755 }, { name: 'etc/' }),
};
const top: TestLayer = {
  tar: archive({ name: 'etc/' }, { name: 'etc/motd', content: 'hello' }, { name: 'bin/.wh.sh' }),
};
const gz = ({ tar }: TestLayer): TestLayer => ({
  tar,
  blob: gzipSync(tar),
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
});
const zstd = ({ tar }: TestLayer): TestLayer => ({
  tar,
  blob: zstdCompressSync(tar),
  mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
});
const short = (digest: string) => digest.slice(7, 19);

test('a pull says what Docker says, in its order, and the image is there', async () => {
  await using world = new ImageWorld();
  const { manifest, config, layers } = world.registry.putImage(['library/busybox:latest'], {
    layers: [gz(base), zstd(top)],
    config: { config: { Cmd: ['sh'], Labels: { a: 'b' } } },
  });
  const [one, two] = layers.map(short);
  const events = await world.pull('busybox');
  assert.deepEqual(events[0], { status: 'Pulling from library/busybox', id: 'latest' });
  assert.deepEqual(events.slice(1, 3), [
    { status: 'Pulling fs layer', progressDetail: {}, id: one },
    { status: 'Pulling fs layer', progressDetail: {}, id: two },
  ]);
  for (const id of [one, two]) {
    const own = events.filter((event) => event.id === id).map((event) => event.status);
    assert.deepEqual(own, [
      'Pulling fs layer',
      'Downloading',
      'Verifying Checksum',
      'Download complete',
      'Extracting',
      'Pull complete',
    ]);
  }
  const complete = events.filter((event) => event.status === 'Pull complete').map((event) => event.id);
  assert.deepEqual(complete, [one, two]);
  assert.deepEqual(events.slice(-2), [
    { status: `Digest: ${manifest}` },
    { status: 'Status: Downloaded newer image for busybox:latest' },
  ]);
  const image = world.images.get('busybox');
  assert.equal(image.id, config);
  assert.deepEqual(image.repoTags, ['busybox:latest']);
  assert.deepEqual(image.repoDigests, [`busybox@${manifest}`]);
  assert.equal(image.size, 10);
  assert.deepEqual(
    image.layers.map((layer) => layer.diffId),
    [digestOf(base.tar), digestOf(top.tar)],
  );
  const [lower, upper] = image.layers.map((layer) => layer.dir);
  assert.equal(readFileSync(join(upper ?? '', 'etc/motd'), 'utf8'), 'hello');
  assert.equal(statSync(join(lower ?? '', 'bin/sh')).mode & 0o7777, 0o4755);
  const whiteout = lstatSync(join(upper ?? '', 'bin/sh'));
  assert.ok(whiteout.isCharacterDevice() && whiteout.rdev === 0);
  assert.equal(statSync(join(upper ?? '', 'bin')).mtimeMs, statSync(join(lower ?? '', 'bin')).mtimeMs);
  assert.deepEqual(world.events, [{ action: 'pull', id: 'busybox:latest', attributes: { a: 'b', name: 'busybox' } }]);
});

test('a second pull finds the image, and an image on the same base downloads only what is new', async () => {
  await using world = new ImageWorld();
  world.registry.putImage(['library/a:latest'], { layers: [base] });
  const b = world.registry.putImage(['me/b:2'], { layers: [base, gz(top)] });
  await world.pull('a');
  const again = await world.pull('a');
  assert.deepEqual(
    again.map((event) => event.status.replace(/sha256:.*/, '')),
    ['Pulling from library/a', 'Digest: ', 'Status: Image is up to date for a:latest'],
  );
  const fetched = world.registry.fetched.length;
  const events = await world.pull('me/b:2');
  assert.deepEqual(events[1], { status: 'Already exists', progressDetail: {}, id: short(b.layers[0] ?? '') });
  assert.equal(world.registry.fetched.length, fetched + 2);
  assert.equal(world.names('layers').length, 2);
});

test('two pulls of the same image at once share the work and both succeed', async () => {
  await using world = new ImageWorld();
  const { layers } = world.registry.putImage(['library/a:latest', 'library/b:latest'], { layers: [gz(base), gz(top)] });
  const [first, second, other] = await Promise.all([world.pull('a'), world.pull('a'), world.pull('b')]);
  for (const digest of layers) assert.equal(world.registry.fetched.filter((each) => each === digest).length, 1);
  for (const events of [first, second, other]) assert.ok(events.some((event) => event.status === 'Pull complete'));
  assert.deepEqual(world.images.get('a').repoTags, ['a:latest', 'b:latest']);
});

test('everything that a pull made goes with the image', async () => {
  await using world = new ImageWorld();
  const { config, manifest } = world.registry.putImage(['library/a:latest'], { layers: [gz(base), gz(top)] });
  await world.pull('a');
  const answer = await world.images.remove('a');
  assert.deepEqual(answer.slice(0, 3), [{ Untagged: 'a:latest' }, { Untagged: `a@${manifest}` }, { Deleted: config }]);
  assert.equal(answer.length, 5);
  assert.deepEqual(answer[4], { Deleted: digestOf(base.tar) });
  assert.deepEqual(await world.leftovers(), EMPTY);
  assert.throws(() => world.images.get('a'), { message: 'No such image: a:latest', kind: 'not_found' });
});

test('more layers than are downloaded at a time wait, and say so', async () => {
  await using world = new ImageWorld({ downloads: 2 });
  const layers = ['a', 'b', 'c', 'd'].map((name) => ({ tar: archive({ name }) }));
  const image = world.registry.putImage(['library/a:latest'], { layers });
  const events = await world.pull('a');
  const waiting = events.filter((event) => event.status === 'Waiting').map((event) => event.id);
  assert.deepEqual(waiting, image.layers.slice(2).map(short));
});

test('an image that is removed while it is pulled again is there, complete', async () => {
  await using world = new ImageWorld();
  world.registry.putImage(['library/a:latest'], { layers: [base, top] });
  await world.pull('a');
  for (let round = 0; round < 5; round += 1) {
    const [, removed] = await Promise.allSettled([world.pull('a'), world.images.remove('a')]);
    assert.equal(removed.status, 'fulfilled');
    await world.pull('a');
    const { layers } = world.images.get('a');
    for (const { dir } of layers) assert.ok(statSync(dir).isDirectory());
    const { blobs, layers: count } = await world.leftovers();
    assert.deepEqual([blobs, count], [2, 2]);
  }
});

test('a worker that cannot run is told, and nothing is left', async () => {
  await using world = new ImageWorld({ workerUrl: new URL('./no-such-worker.ts', import.meta.url) });
  world.registry.putImage(['library/a:latest'], { layers: [base] });
  await assert.rejects(world.pull('a'), { kind: 'system', message: /the image worker ended: .*no-such-worker/ });
  await world.restart();
  assert.deepEqual(await world.leftovers(), EMPTY);
});
