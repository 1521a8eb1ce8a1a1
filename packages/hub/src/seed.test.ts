import assert from 'node:assert/strict';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MEDIA_TYPES } from '@wharf/spec';
import { pushImage, serveHub, temporaryDir } from './testing/harness.ts';
import { LayoutWriter } from './testing/layout.ts';

test('an image of a layout becomes a tag, with all of its content', async (t) => {
  const served = await serveHub(t);
  const layout = new LayoutWriter(temporaryDir(t));
  const image = layout.image(['one', 'two']);
  layout.index([
    ['other', layout.image(['three'])],
    ['v1', image],
  ]);
  await served.hub.seed(layout.dir, 'library/x', 'v1');
  await served.hub.seed(layout.dir, 'library/x', 'v1');
  const response = await served.ask('GET', 'library/x/manifests/v1');
  assert.equal(response.headers.get('docker-content-digest'), image.digest);
  const { config, layers } = (await response.json()) as { config: { digest: string }; layers: { digest: string }[] };
  for (const { digest } of [config, ...layers]) {
    assert.equal((await served.ask('GET', `library/x/blobs/${digest}`)).status, 200);
  }
});

test('the only image of a layout needs no name, several become one image for many platforms', async (t) => {
  const served = await serveHub(t);
  const single = new LayoutWriter(temporaryDir(t));
  single.index([['', single.image(['one'])]]);
  await served.hub.seed(single.dir, 'a', 'latest');
  const many = new LayoutWriter(temporaryDir(t));
  many.index([
    ['', many.image(['one'], 'amd64')],
    ['', many.image(['one'], 'arm64')],
  ]);
  await served.hub.seed(many.dir, 'b', 'latest');
  const response = await served.ask('GET', 'b/manifests/latest');
  assert.equal(response.headers.get('content-type'), MEDIA_TYPES.ociIndex);
  const { manifests } = (await response.json()) as { manifests: { digest: string }[] };
  for (const { digest } of manifests) assert.equal((await served.ask('HEAD', `b/manifests/${digest}`)).status, 200);
});

test('a layout with an index as its image keeps it', async (t) => {
  const served = await serveHub(t);
  const layout = new LayoutWriter(temporaryDir(t));
  const manifests = [layout.image(['one'], 'amd64'), layout.image(['two'], 'arm64')];
  const index = layout.blob(
    MEDIA_TYPES.ociIndex,
    JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests }),
  );
  layout.index([['latest', index]]);
  await served.hub.seed(layout.dir, 'a', 'latest');
  assert.equal((await served.ask('HEAD', 'a/manifests/latest')).headers.get('docker-content-digest'), index.digest);
});

test('layouts that are damaged, or reach outside of themselves, are refused and leave no tag', async (t) => {
  const served = await serveHub(t);
  const layout = new LayoutWriter(temporaryDir(t));
  const image = layout.image(['one']);
  layout.index([['v1', image]]);
  const blob = join(layout.dir, 'blobs', 'sha256', image.digest.slice(7));
  writeFileSync(blob, '{}');
  await assert.rejects(served.hub.seed(layout.dir, 'a', 'v1'), { kind: 'invalid' });
  rmSync(blob);
  await assert.rejects(served.hub.seed(layout.dir, 'a', 'v1'), { code: 'HUB_LAYOUT_INVALID' });
  symlinkSync('/etc/passwd', blob);
  await assert.rejects(served.hub.seed(layout.dir, 'a', 'v1'), { code: 'HUB_LAYOUT_INVALID' });
  await assert.rejects(served.hub.seed(temporaryDir(t), 'a', 'v1'), { code: 'HUB_LAYOUT_INVALID' });
  await assert.rejects(served.hub.seed(layout.dir, '../a', 'v1'), { code: 'HUB_NAME_INVALID' });
  await assert.rejects(served.hub.seed(layout.dir, 'a', '../v1'), { code: 'HUB_TAG_INVALID' });
  assert.equal((await served.ask('HEAD', 'a/manifests/v1')).status, 404);
});

test('a blob of a layout that is not what its name says is refused', async (t) => {
  const served = await serveHub(t);
  const layout = new LayoutWriter(temporaryDir(t));
  layout.index([['v1', layout.image(['one'])]]);
  const original = layout.blob('x/y', 'original');
  writeFileSync(join(layout.dir, 'blobs', 'sha256', original.digest.slice(7)), 'tampered');
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config: original, layers: [] };
  layout.index([['v1', layout.blob(MEDIA_TYPES.ociManifest, JSON.stringify(manifest))]]);
  await assert.rejects(served.hub.seed(layout.dir, 'a', 'v1'), { code: 'BLOB_DIGEST_MISMATCH' });
  assert.equal((await served.ask('HEAD', `a/blobs/${original.digest}`)).status, 404);
});

test('a tag that somebody has pushed stays where it is when that is asked for', async (t) => {
  const served = await serveHub(t);
  const layout = new LayoutWriter(temporaryDir(t));
  const image = layout.image(['one']);
  layout.index([['v1', image]]);
  const pushed = await pushImage(served, 'library/x', 'v1', 'mine');
  await served.hub.seed(layout.dir, 'library/x', 'v1', { keepTag: true });
  const digestOfTag = async () =>
    (await served.ask('HEAD', 'library/x/manifests/v1')).headers.get('docker-content-digest');
  assert.equal(await digestOfTag(), pushed);
  assert.equal(
    (await served.ask('GET', `library/x/manifests/${image.digest}`)).status,
    200,
    'it is there by its digest',
  );
  await served.hub.seed(layout.dir, 'library/x', 'v1');
  assert.equal(await digestOfTag(), image.digest);
});
