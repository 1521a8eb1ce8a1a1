import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReference } from '@wharf/spec';
import { chainIds } from './chain-id.ts';
import { archive } from './testing/archives.ts';
import { ImageWorld } from './testing/image-world.ts';

const layers = [{ tar: archive({ name: 'f', content: 'one' }) }, { tar: archive({ name: 'g', content: 'three' }) }];

test('an image is found by name, digest, ID and the beginning of an ID', async () => {
  await using world = new ImageWorld();
  const { config, manifest } = world.registry.putImage(['library/a:latest', 'library/a:2'], { layers });
  await world.pull('a');
  const hex = config.slice('sha256:'.length);
  const full = `docker.io/library/a@${manifest}`;
  const names = ['a', 'a:latest', 'library/a', 'docker.io/a', `a@${manifest}`, full, `a:latest@${manifest}`];
  for (const name of [...names, config, hex, hex.slice(0, 12), `sha256:${hex.slice(0, 7)}`]) {
    assert.equal(world.images.get(name).id, config, name);
  }
  const missing: [string, string][] = [
    ['nothing', 'No such image: nothing:latest'],
    ['me/x:1', 'No such image: me/x:1'],
    ['a:2', 'No such image: a:2'],
    [`sha256:${'0'.repeat(64)}`, `No such image: sha256:${'0'.repeat(64)}`],
  ];
  for (const [name, message] of missing) assert.throws(() => world.images.get(name), { message, kind: 'not_found' });
  assert.throws(() => world.images.get('A'), { kind: 'invalid' });
});

test('a beginning that several IDs have is no image, and a name goes before an ID', async () => {
  await using world = new ImageWorld();
  const seen = new Map<string, string>();
  let prefix = '';
  for (let at = 0; prefix === ''; at += 1) {
    const { config } = world.registry.putImage([`library/i${at}:latest`], { layers: [], config: { comment: `${at}` } });
    await world.pull(`i${at}`);
    const first = config.slice(7, 8);
    if (seen.has(first)) prefix = first;
    seen.set(first, config);
  }
  assert.throws(() => world.images.get(prefix), { message: `No such image: ${prefix}:latest` });
  const target = [...seen.values()].at(-1) ?? '';
  await world.images.tag(target, parseReference('abcd'));
  assert.equal(world.images.get('abcd').id, target);
});

test('a tag moves to the newer image and the older one stays without a name', async () => {
  await using world = new ImageWorld();
  const first = world.registry.putImage(['library/a:latest'], { layers });
  await world.pull('a');
  const second = world.registry.putImage(['library/a:latest'], { layers, config: { comment: 'newer' } });
  const events = await world.pull('a');
  assert.equal(events.at(-1)?.status, 'Status: Downloaded newer image for a:latest');
  assert.equal(world.images.get('a').id, second.config);
  const older = world.images.get(first.config);
  assert.deepEqual([older.repoTags, older.repoDigests], [[], [`a@${first.manifest}`]]);
  assert.deepEqual(
    world.images
      .list()
      .map((image) => image.id)
      .sort(),
    [first.config, second.config].sort(),
  );
});

test('tags are given, moved and refused as Docker does', async () => {
  await using world = new ImageWorld();
  const { config } = world.registry.putImage(['library/a:latest'], { layers });
  await world.pull('a');
  await world.images.tag('a', parseReference('quay.io/me/b'));
  await world.images.tag('a', parseReference('c:1'));
  assert.deepEqual(world.images.get('a').repoTags, ['a:latest', 'c:1', 'quay.io/me/b:latest']);
  assert.deepEqual(world.events.at(-1), { action: 'tag', id: config, attributes: { name: 'c:1' } });
  await assert.rejects(world.images.tag('a', parseReference(`x@${config}`)), { kind: 'invalid' });
  await assert.rejects(world.images.tag('a', parseReference('sha256:x')), { kind: 'invalid' });
  assert.deepEqual(await world.images.remove('c:1'), [{ Untagged: 'c:1' }]);
  assert.deepEqual(world.events.at(-1), { action: 'untag', id: config, attributes: { name: config } });
});

test('what is deleted is said from the top of the stack down, and shared layers stay', async () => {
  await using world = new ImageWorld();
  const upper = { tar: archive({ name: 'h', content: 'h' }) };
  world.registry.putImage(['library/a:latest'], { layers: layers.slice(0, 1) });
  const b = world.registry.putImage(['library/b:latest'], { layers: [...layers, upper] });
  await world.pull('a');
  await world.pull('b');
  const diffIds = world.images.get('b').layers.map((layer) => layer.diffId);
  const chain = chainIds(diffIds);
  assert.deepEqual(await world.images.remove(b.config.slice(7, 19)), [
    { Untagged: 'b:latest' },
    { Untagged: `b@${b.manifest}` },
    { Deleted: b.config },
    { Deleted: chain[2] },
    { Deleted: chain[1] },
  ]);
  assert.equal(world.names('layers').length, 1);
  assert.equal(world.images.get('a').layers.length, 1);
});

test('the history has sizes for layers and names for the newest step only', async () => {
  await using world = new ImageWorld();
  const history = [
    { created: '2026-01-01T00:00:00Z', created_by: 'ADD one' },
    { created: '2026-01-01T00:00:01.5Z', created_by: 'ENV', empty_layer: true, comment: 'c' },
    { created_by: 'ADD two' },
  ];
  const { config } = world.registry.putImage(['library/a:latest'], { layers, config: { history } });
  await world.pull('a');
  const step = { Tags: null, Comment: '' };
  assert.deepEqual(world.images.history('a'), [
    { ...step, Id: config, Created: -62_135_596_800, CreatedBy: 'ADD two', Size: 5, Tags: ['a:latest'] },
    { ...step, Id: '<missing>', Created: 1_767_225_601, CreatedBy: 'ENV', Size: 0, Comment: 'c' },
    { ...step, Id: '<missing>', Created: 1_767_225_600, CreatedBy: 'ADD one', Size: 3 },
  ]);
});

test('names and images survive a restart', async () => {
  await using world = new ImageWorld({ keepBlobs: true });
  const { config } = world.registry.putImage(['library/a:latest'], { layers });
  await world.pull('a');
  const before = world.images.get('a');
  await world.restart({ keepBlobs: true });
  assert.deepEqual(world.images.get('a'), before);
  const kept = await world.leftovers();
  assert.equal(kept['blobs'], 2 + layers.length);
  await world.images.remove(config);
  const fetched = world.registry.fetched.length;
  await world.pull('a');
  assert.equal(world.registry.fetched.length, fetched + 3);
});
