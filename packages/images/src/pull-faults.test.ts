import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { MEDIA_TYPES } from '@wharf/spec';
import { archive } from './testing/archives.ts';
import { digestOf, type Serve, streamOf } from './testing/fake-registry.ts';
import { EMPTY, ImageWorld } from './testing/image-world.ts';
import { layerOf } from './testing/noise-layer.ts';

const small = layerOf('small', 1000);
const big = layerOf('big', 3_000_000);

/** Ends the stream with an error after so many bytes. */
const breaksAfter =
  (count: number, attempts: number): Serve =>
  (bytes, offset, attempt) => {
    if (attempt > attempts) return { stream: streamOf(bytes.subarray(offset)), offset };
    const part = streamOf(bytes.subarray(offset, offset + count), 1000);
    return { stream: Readable.from(thenFail(part)), offset };
  };

async function* thenFail(part: AsyncIterable<Uint8Array>) {
  yield* part;
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

test('a broken connection is resumed where it ended, even when the server starts again from the beginning', async () => {
  await using world = new ImageWorld();
  const { layers } = world.registry.putImage(['library/a:latest'], { layers: [small, big] });
  const [, digest] = layers;
  assert.ok(digest);
  const offsets: number[] = [];
  world.registry.serve(digest, (bytes, offset, attempt) => {
    offsets.push(offset);
    if (attempt === 3) return { stream: streamOf(bytes), offset: 0 };
    return breaksAfter(500_000, 2)(bytes, offset, attempt);
  });
  const events = await world.pull('a');
  assert.deepEqual(offsets, [0, 500_000, 1_000_000]);
  const retries = events.filter((event) => event.status.startsWith('Retrying in'));
  assert.equal(retries.length, 5 + 10);
  assert.equal(retries.at(-1)?.status, 'Retrying in 1 second');
  assert.equal(world.images.get('a').size, 3_001_000);
});

const failures: Record<string, { serve: Serve; message: RegExp; kind: string }> = {
  'a connection that always breaks': { serve: breaksAfter(1000, 99), message: /socket hang up/, kind: 'unavailable' },
  'a blob that always ends early': {
    serve: (bytes, offset) => ({ stream: streamOf(bytes.subarray(offset, offset + 10)), offset }),
    message: /unexpected EOF/,
    kind: 'unavailable',
  },
  'other bytes of the same size': {
    serve: (bytes) => ({ stream: streamOf(swap(bytes)), offset: 0 }),
    message: /filesystem layer verification failed for digest sha256:/,
    kind: 'data_loss',
  },
  'bytes that are no archive': {
    serve: (bytes) => ({ stream: streamOf(Buffer.alloc(bytes.length, 'x')), offset: 0 }),
    message: /filesystem layer verification failed for digest sha256:/,
    kind: 'data_loss',
  },
  'more bytes than announced': {
    serve: (bytes) => ({ stream: streamOf(Buffer.concat([bytes, bytes])), offset: 0 }),
    message: /filesystem layer verification failed for digest sha256:/,
    kind: 'data_loss',
  },
};

/** Another archive of the same length. */
function swap(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  other[4] = (other[4] ?? 0) ^ 0xff;
  return other;
}

for (const [name, { serve, message, kind }] of Object.entries(failures)) {
  test(`nothing is left of a pull with ${name}`, async () => {
    await using world = new ImageWorld();
    const { layers } = world.registry.putImage(['library/a:latest'], { layers: [small, big] });
    if (layers[1]) world.registry.serve(layers[1], serve);
    await assert.rejects(world.pull('a'), { message, kind });
    assert.throws(() => world.images.get('a'), /No such image/);
    assert.deepEqual(await world.leftovers(), EMPTY);
  });
}

test('a layer that is not the one of the configuration is refused', async () => {
  await using world = new ImageWorld();
  const tar = archive({ name: 'x' });
  world.registry.putImage(['library/a:latest'], { layers: [{ tar, blob: gzipSync(archive({ name: 'y' })) }] });
  await assert.rejects(world.pull('a'), { message: "layers from manifest don't match image configuration" });
});

test('hostile archives are refused with the entry and leave nothing, inside or outside', async () => {
  const hostile = [
    archive({ name: '../../escape', content: 'x' }),
    archive({ name: 'l', type: 'link', linkname: '../../../db' }),
    archive({ name: 'd/', mode: 0o755 }, { name: 'd/.wh...', content: '' }),
    archive({ name: 'ok', content: 'x'.repeat(600) }).subarray(0, 700),
  ];
  for (const tar of hostile) {
    await using world = new ImageWorld();
    world.registry.putImage(['library/evil:latest'], { layers: [small, { tar }] });
    await assert.rejects(world.pull('evil'), {
      message: /^failed to register layer: (invalid tar entry|unexpected EOF)/,
    });
    await world.restart();
    assert.deepEqual(await world.leftovers(), EMPTY);
  }
});

test("a full disk is said in Docker's words and leaves nothing", async () => {
  const mountPoint = mkdtempSync('/dev/shm/wharf-full-');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mountPoint]);
  try {
    await using world = new ImageWorld({}, join(mountPoint, 'root'));
    world.registry.putImage(['library/big:latest'], { layers: [small, big] });
    await assert.rejects(world.pull('big'), {
      message: 'failed to register layer: write /d/big: no space left on device',
    });
    await world.restart();
    assert.deepEqual(await world.leftovers(), EMPTY);
    world.registry.putImage(['library/small:latest'], { layers: [small] });
    await world.pull('small');
    writeFileSync(join(mountPoint, 'fill'), '');
    assert.throws(() => writeFileSync(join(mountPoint, 'fill'), Buffer.alloc(4_000_000)), { code: 'ENOSPC' });
    world.registry.putImage(['library/doc:latest'], { layers: [small], config: { comment: 'other' } });
    await assert.rejects(world.pull('doc'), (error: Error & { kind?: string }) => error.kind === 'system');
  } finally {
    execFileSync('umount', ['-l', mountPoint]);
    rmSync(mountPoint, { recursive: true });
  }
});

test('after kill -9 in the middle of a pull the next start cleans up and the next pull succeeds', async () => {
  const root = mkdtempSync('/dev/shm/wharf-killed-');
  mkdirSync(join(root, 'layers'), { recursive: true });
  try {
    const script = join(import.meta.dirname, 'testing/killed-pull.ts');
    assert.throws(() => execFileSync(process.execPath, [script, root], { stdio: 'pipe' }), { signal: 'SIGKILL' });
    await using world = new ImageWorld({}, root);
    assert.ok(world.names('tmp').length > 0, 'the crash left something');
    assert.ok(world.names('layers').length > 0, 'a layer was ready before its image');
    await world.restart();
    assert.deepEqual(await world.leftovers(), EMPTY);
    world.registry.putImage(['library/a:latest'], { layers: [small, big] });
    await world.pull('a');
    await world.restart();
    assert.equal(world.images.get('a').layers.length, 2);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('documents that are not what they should be are refused', async () => {
  await using world = new ImageWorld();
  const { registry } = world;
  const layer = registry.putBlob(small.tar);
  const manifest = (config: object, mediaType: string = MEDIA_TYPES.ociConfig) =>
    registry.putManifest(
      ['library/x:latest'],
      {
        schemaVersion: 2,
        mediaType: MEDIA_TYPES.ociManifest,
        config: registry.putBlob(Buffer.from(JSON.stringify(config)), mediaType),
        layers: [layer],
      },
      MEDIA_TYPES.ociManifest,
    );
  const good = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digestOf(small.tar)] } };
  const cases: [object, string | undefined, RegExp][] = [
    [{}, 'application/vnd.cncf.helm.config.v1+json', /^Encountered remote "application\/vnd.cncf.helm/],
    [{ ...good, os: 'windows' }, undefined, /image operating system "windows" cannot be used on this platform/],
    [{ ...good, rootfs: { type: 'layers', diff_ids: [] } }, undefined, /layers from manifest don't match/],
    [{ ...good, rootfs: null }, undefined, /bad rootfs/],
    [{ ...good, config: { Env: 'A=1' } }, undefined, /bad Env/],
    [{ ...good, config: { Labels: { a: 1 } } }, undefined, /bad Labels/],
    [{ ...good, history: [1] }, undefined, /bad history/],
  ];
  for (const [config, mediaType, message] of cases) {
    manifest(config, mediaType);
    await assert.rejects(world.pull('x'), { message });
  }
  await world.restart();
  assert.deepEqual(await world.leftovers(), EMPTY);
});
