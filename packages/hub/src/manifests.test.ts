import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_MANIFEST_BYTES, MEDIA_TYPES } from '@wharf/spec';
import { digestOf, errorCode, manifestOf, pushBlob, pushImage, putManifest, serveHub } from './testing/harness.ts';

test('a manifest is found by tag and by digest, byte for byte', async (t) => {
  const served = await serveHub(t);
  const digest = await pushImage(served, 'a/b', 'v1', 'layer');
  for (const reference of ['v1', digest]) {
    const response = await served.ask('GET', `a/b/manifests/${reference}`);
    assert.equal(await response.text(), manifestOf('layer'));
    assert.equal(response.headers.get('content-type'), MEDIA_TYPES.ociManifest);
    assert.equal(response.headers.get('docker-content-digest'), digest);
    const head = await served.ask('HEAD', `a/b/manifests/${reference}`);
    assert.equal(head.headers.get('content-length'), String(manifestOf('layer').length));
  }
  assert.equal(await errorCode(await served.ask('GET', 'a/b/manifests/v2')), 'MANIFEST_UNKNOWN');
  assert.equal((await served.ask('HEAD', 'other/manifests/v1')).status, 404);
  assert.equal(await errorCode(await served.ask('GET', 'a/b/manifests/-x')), 'TAG_INVALID');
});

test('a manifest whose content is not in its repository is refused', async (t) => {
  const served = await serveHub(t);
  await pushBlob(served, 'elsewhere', '{}');
  await pushBlob(served, 'elsewhere', 'layer');
  const refused = await putManifest(served, 'a', 'v1', manifestOf('layer'));
  assert.deepEqual([refused.status, await errorCode(refused)], [400, 'MANIFEST_BLOB_UNKNOWN']);
  const child = { mediaType: MEDIA_TYPES.ociManifest, digest: digestOf('x'), size: 1 };
  const index = JSON.stringify({ schemaVersion: 2, manifests: [child] });
  const indexed = await putManifest(served, 'a', 'v1', index, MEDIA_TYPES.ociIndex);
  assert.equal(await errorCode(indexed), 'MANIFEST_BLOB_UNKNOWN');
});

test('manifests that are wrong in themselves are refused', async (t) => {
  const served = await serveHub(t);
  await pushImage(served, 'a', 'good', 'layer');
  const layers = [{ mediaType: MEDIA_TYPES.ociLayer, digest: digestOf('layer'), size: 6 }];
  const bad: [string, string | undefined][] = [
    ['{', undefined],
    ['['.repeat(1000), undefined],
    [manifestOf('layer'), 'application/json'],
    [manifestOf('layer'), MEDIA_TYPES.dockerManifest],
    [manifestOf('layer', { schemaVersion: 1 }), undefined],
    [manifestOf('layer', { layers }), undefined],
    [manifestOf('layer', { manifests: [] }), undefined],
  ];
  for (const [body, type] of bad) {
    const refused = await putManifest(served, 'a', 'bad', body, type);
    assert.deepEqual([refused.status, await errorCode(refused)], [400, 'MANIFEST_INVALID'], body.slice(0, 80));
  }
  const other = await putManifest(served, 'a', digestOf('other'), manifestOf('layer'));
  assert.equal(await errorCode(other), 'DIGEST_INVALID');
  const large = await putManifest(served, 'a', 'large', ' '.repeat(MAX_MANIFEST_BYTES + 1));
  assert.equal(large.status, 413);
  assert.equal((await served.ask('GET', 'a/manifests/bad')).status, 404);
});

test('a tag moves, and removing it leaves the manifest', async (t) => {
  const served = await serveHub(t);
  const first = await pushImage(served, 'a', 'v1', 'one');
  const second = await pushImage(served, 'a', 'v1', 'two');
  const now = async () => (await served.ask('HEAD', 'a/manifests/v1')).headers.get('docker-content-digest');
  assert.equal(await now(), second);
  assert.equal((await served.ask('HEAD', `a/manifests/${first}`)).status, 200);
  assert.equal((await served.ask('DELETE', 'a/manifests/v1')).status, 202);
  assert.equal((await served.ask('DELETE', 'a/manifests/v1')).status, 404);
  assert.equal((await served.ask('HEAD', `a/manifests/${second}`)).status, 200);
});

test('removing a manifest removes its tags', async (t) => {
  const served = await serveHub(t);
  const digest = await pushImage(served, 'a', 'v1', 'one');
  await putManifest(served, 'a', 'v2', manifestOf('one'));
  assert.equal((await served.ask('DELETE', `a/manifests/${digest}`)).status, 202);
  for (const reference of ['v1', 'v2', digest]) {
    assert.equal((await served.ask('GET', `a/manifests/${reference}`)).status, 404);
  }
  assert.deepEqual(await (await served.ask('GET', 'a/tags/list')).json(), { name: 'a', tags: [] });
});

test('one push by digest can set many tags', async (t) => {
  const served = await serveHub(t);
  const digest = await pushImage(served, 'a', 'v1', 'one');
  const body = manifestOf('one');
  const many = await putManifest(served, 'a', `${digest}?tag=x&tag=y`, body);
  assert.deepEqual([many.status, many.headers.get('oci-tag')], [201, 'x, y']);
  assert.equal(await errorCode(await putManifest(served, 'a', `${digest}?tag=-x`, body)), 'TAG_INVALID');
  assert.deepEqual(await (await served.ask('GET', 'a/tags/list')).json(), { name: 'a', tags: ['v1', 'x', 'y'] });
});

test('tags and manifests are there after a restart', async (t) => {
  const served = await serveHub(t);
  await pushImage(served, 'a', 'v1', 'one');
  await served.stop();
  const again = await serveHub(t, { root: served.root });
  assert.equal(await (await again.ask('GET', 'a/manifests/v1')).text(), manifestOf('one'));
});

test('a missing image is asked for once, however many wait for it', async (t) => {
  const asked: string[] = [];
  const served = await serveHub(t, {
    onMissing: async (repository, reference) => {
      asked.push(`${repository}:${reference}`);
      await pushImage(served, 'library/x', 'v1', 'seeded');
      return true;
    },
  });
  const answers = await Promise.all([1, 2, 3].map(() => served.ask('GET', 'library/x/manifests/v1')));
  for (const answer of answers) assert.equal(await answer.text(), manifestOf('seeded'));
  assert.deepEqual(asked, ['library/x:v1']);
  assert.equal((await served.ask('HEAD', 'library/x/manifests/other')).status, 404);
});

test('layers that are fetched elsewhere need not be pushed', async (t) => {
  const served = await serveHub(t);
  await pushBlob(served, 'a', '{}');
  const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
  const layers = [{ mediaType, digest: digestOf('far'), size: 9, urls: ['https://example.com/x'] }];
  assert.equal((await putManifest(served, 'a', 'v1', manifestOf('', { layers }))).status, 201);
});
