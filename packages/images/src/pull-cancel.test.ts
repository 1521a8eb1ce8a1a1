import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { streamOf } from './testing/fake-registry.ts';
import { EMPTY, ImageWorld } from './testing/image-world.ts';
import { layerOf } from './testing/noise-layer.ts';
import type { PullEvent } from './types.ts';

const small = layerOf('small', 1000);
const big = layerOf('big', 3_000_000);

test('a pull that is cancelled leaves nothing, unless another one wants the same', async () => {
  await using world = new ImageWorld();
  const { layers } = world.registry.putImage(['library/a:latest'], { layers: [small, big] });
  let proceed = () => {};
  const gate = new Promise<void>((resolve) => {
    proceed = resolve;
  });
  let started = () => {};
  const begun = new Promise<void>((resolve) => {
    started = resolve;
  });
  async function* gated(bytes: Buffer) {
    yield bytes.subarray(0, 300_000);
    started();
    await gate;
    yield bytes.subarray(300_000);
  }
  if (layers[1]) world.registry.serve(layers[1], (bytes) => ({ stream: Readable.from(gated(bytes)), offset: 0 }));
  const controller = new AbortController();
  const first = world.pull('a', { signal: controller.signal });
  let arrive = () => {};
  const joined = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  // Layers are announced in the order of the manifest, in one step in which they are joined as well.
  const onEvent = ({ status, id }: PullEvent) => {
    if (status === 'Pulling fs layer' && id === layers[1]?.slice('sha256:'.length).slice(0, 12)) arrive();
  };
  const second = world.pull('a', { onEvent });
  await Promise.all([begun, joined]);
  controller.abort();
  await assert.rejects(first, { code: 'PULL_CANCELLED', kind: 'cancelled' });
  proceed();
  await second;
  assert.equal(world.images.get('a').layers.length, 2);
  await world.images.remove('a');

  const alone = new AbortController();
  if (layers[1]) {
    world.registry.serve(layers[1], () => {
      setImmediate(() => alone.abort());
      return { stream: new Readable({ read() {} }), offset: 0 };
    });
  }
  await assert.rejects(world.pull('a', { signal: alone.signal }), { code: 'PULL_CANCELLED' });
  await assert.rejects(world.pull('a', { signal: alone.signal }), { code: 'PULL_CANCELLED' });
  assert.deepEqual(await world.leftovers(), EMPTY);
});

test('a pull that is cancelled does not wait for a source that never ends, answers or closes', async () => {
  await using world = new ImageWorld();
  const { layers } = world.registry.putImage(['library/a:latest'], { layers: [small, big] });
  const never = new Promise<never>(() => {});
  const alone = [new AbortController(), new AbortController(), new AbortController()] as const;
  async function* stuck(bytes: Buffer) {
    yield bytes.subarray(0, 300_000);
    alone[0].abort();
    await never;
  }
  if (layers[1]) world.registry.serve(layers[1], (bytes) => ({ stream: Readable.from(stuck(bytes)), offset: 0 }));
  await assert.rejects(world.pull('a', { signal: alone[0].signal }), { code: 'PULL_CANCELLED' });
  const { blob, manifest } = world.registry;
  world.registry.blob = async () => {
    setImmediate(() => alone[1].abort());
    return await never;
  };
  await assert.rejects(world.pull('a', { signal: alone[1].signal }), { code: 'PULL_CANCELLED' });
  world.registry.manifest = async () => {
    setImmediate(() => alone[2].abort());
    return await never;
  };
  await assert.rejects(world.pull('a', { signal: alone[2].signal }), { code: 'PULL_CANCELLED' });
  assert.deepEqual(await world.leftovers(), EMPTY);
  Object.assign(world.registry, { blob, manifest });
  if (layers[1]) world.registry.serve(layers[1], (bytes) => ({ stream: streamOf(bytes), offset: 0 }));
  await world.pull('a');
});

test('a pull that waits for a thread can be cancelled while others keep all threads busy', async () => {
  await using world = new ImageWorld({ workers: 1 });
  const busy = world.registry.putImage(['library/busy:latest'], { layers: [big] });
  world.registry.putImage(['library/a:latest'], { layers: [small] });
  const begun = new Promise<void>((resolve) => {
    if (!busy.layers[0]) return;
    world.registry.serve(busy.layers[0], () => {
      resolve();
      return { stream: new Readable({ read() {} }), offset: 0 };
    });
  });
  const stalled = new AbortController();
  const other = assert.rejects(world.pull('busy', { signal: stalled.signal }), { code: 'PULL_CANCELLED' });
  await begun;
  const waiting = new AbortController();
  const onEvent = ({ status }: PullEvent) => {
    if (status === 'Pulling fs layer') setImmediate(() => waiting.abort());
  };
  await assert.rejects(world.pull('a', { signal: waiting.signal, onEvent }), { code: 'PULL_CANCELLED' });
  stalled.abort();
  await other;
  await world.pull('a');
});

test('a layer that cannot even begin gives its place in the queue back', async () => {
  await using world = new ImageWorld({ downloads: 1 });
  world.registry.putImage(['library/a:latest'], { layers: [small, big] });
  const tmp = join(world.root, 'store/tmp');
  rmSync(tmp, { recursive: true });
  await assert.rejects(world.pull('a'), { code: 'PULL_FAILED', message: /mkdir/ });
  mkdirSync(tmp);
  await world.pull('a');
});

test('stopping the service gives pulls up', async () => {
  await using world = new ImageWorld();
  const { layers } = world.registry.putImage(['library/a:latest'], { layers: [small] });
  const begun = new Promise<void>((resolve) => {
    if (!layers[0]) return;
    world.registry.serve(layers[0], () => {
      resolve();
      return { stream: new Readable({ read() {} }), offset: 0 };
    });
  });
  const pull = world.pull('a');
  const refused = assert.rejects(pull, { code: 'PULL_CANCELLED' });
  await begun;
  await world.images.stop();
  await refused;
});
