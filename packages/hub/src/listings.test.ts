import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEDIA_TYPES } from '@wharf/spec';
import {
  digestOf,
  errorCode,
  manifestOf,
  pushBlob,
  pushImage,
  putManifest,
  type Served,
  serveHub,
} from './testing/harness.ts';

const linkOf = (response: Response) => /^<\/v2\/([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];

async function list(
  served: Served,
  path: string,
): Promise<{ body: Record<string, unknown>; next: string | undefined }> {
  const response = await served.ask('GET', path);
  assert.equal(response.status, 200);
  return { body: (await response.json()) as Record<string, unknown>, next: linkOf(response) };
}

test('tags come in ASCII order, page by page', async (t) => {
  const served = await serveHub(t);
  await pushImage(served, 'a/b', 'b', 'layer');
  for (const tag of ['a', 'C', '1', 'z']) await putManifest(served, 'a/b', tag, manifestOf('layer'));
  assert.deepEqual((await list(served, 'a/b/tags/list')).body, { name: 'a/b', tags: ['1', 'C', 'a', 'b', 'z'] });
  const first = await list(served, 'a/b/tags/list?n=2');
  assert.deepEqual(first.body['tags'], ['1', 'C']);
  const second = await list(served, first.next ?? '');
  assert.deepEqual(second.body['tags'], ['a', 'b']);
  const third = await list(served, second.next ?? '');
  assert.deepEqual([third.body['tags'], third.next], [['z'], undefined]);
  assert.deepEqual((await list(served, 'a/b/tags/list?last=b')).body['tags'], ['z']);
  const none = await list(served, 'a/b/tags/list?n=0');
  assert.deepEqual([none.body['tags'], none.next], [[], undefined]);
  assert.equal(await errorCode(await served.ask('GET', 'a/b/tags/list?n=-1')), 'PAGINATION_NUMBER_INVALID');
  assert.equal(await errorCode(await served.ask('GET', 'unknown/tags/list')), 'NAME_UNKNOWN');
});

test('the catalog has all repositories, page by page', async (t) => {
  const served = await serveHub(t);
  for (const name of ['c', 'a/x', 'b']) await pushBlob(served, name, 'x');
  assert.deepEqual((await list(served, '_catalog')).body, { repositories: ['a/x', 'b', 'c'] });
  const first = await list(served, '_catalog?n=2');
  assert.deepEqual((await list(served, first.next ?? '')).body, { repositories: ['c'] });
});

test('referrers are listed with type and annotations, and can be filtered', async (t) => {
  const served = await serveHub(t);
  const subject = { mediaType: MEDIA_TYPES.ociManifest, digest: digestOf('not pushed'), size: 5 };
  const push = async (tag: string, more: object) => {
    const body = manifestOf('layer', { subject, ...more });
    const response = await putManifest(served, 'a', tag, body);
    assert.equal(response.headers.get('oci-subject'), subject.digest);
    return { mediaType: MEDIA_TYPES.ociManifest, digest: digestOf(body), size: body.length };
  };
  await pushImage(served, 'a', 'plain', 'layer');
  const annotations = { note: 'x' };
  const signed = {
    ...(await push('one', { artifactType: 'application/sig', annotations })),
    artifactType: 'application/sig',
    annotations,
  };
  const plain = { ...(await push('two', {})), artifactType: MEDIA_TYPES.ociConfig };
  const index = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [], subject });
  await putManifest(served, 'a', 'three', index, MEDIA_TYPES.ociIndex);
  const listed = { mediaType: MEDIA_TYPES.ociIndex, digest: digestOf(index), size: index.length };
  const all = (await list(served, `a/referrers/${subject.digest}`)).body;
  const byDigest = (one: { digest: string }, other: { digest: string }) => (one.digest < other.digest ? -1 : 1);
  const manifests = [signed, plain, listed].sort(byDigest);
  assert.deepEqual(all, { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests });
  const filtered = await served.ask('GET', `a/referrers/${subject.digest}?artifactType=application/sig`);
  assert.equal(filtered.headers.get('oci-filters-applied'), 'artifactType');
  assert.equal(filtered.headers.get('content-type'), MEDIA_TYPES.ociIndex);
  assert.deepEqual(((await filtered.json()) as typeof all)['manifests'], [signed]);
  assert.deepEqual((await list(served, `a/referrers/${digestOf('nobody')}`)).body['manifests'], []);
  assert.equal((await served.ask('GET', 'a/referrers/sha256:12')).status, 400);
  await served.ask('DELETE', `a/manifests/${signed.digest}`);
  assert.deepEqual(
    (await list(served, `a/referrers/${subject.digest}`)).body['manifests'],
    [plain, listed].sort(byDigest),
  );
});

test('many referrers come in pages', async (t) => {
  const served = await serveHub(t);
  await pushImage(served, 'a', 'plain', 'layer');
  const subject = { mediaType: MEDIA_TYPES.ociManifest, digest: digestOf('s'), size: 5 };
  const annotations = { long: 'x'.repeat(900_000) };
  for (const at of [1, 2, 3, 4, 5]) {
    await putManifest(
      served,
      'a',
      `t${at}`,
      manifestOf('layer', { subject, annotations, artifactType: `application/t${at}` }),
    );
  }
  const found: unknown[] = [];
  for (let path: string | undefined = `a/referrers/${subject.digest}`; path; ) {
    const page: Awaited<ReturnType<typeof list>> = await list(served, path);
    found.push(...(page.body['manifests'] as { digest: string }[]).map(({ digest }) => digest));
    path = page.next;
  }
  assert.equal(new Set(found).size, 5);
});

test('methods that an endpoint does not have are refused', async (t) => {
  const served = await serveHub(t);
  const digest = digestOf('x');
  await pushBlob(served, 'a', 'x');
  for (const [method, path] of [
    ['POST', ''],
    ['PUT', '_catalog'],
    ['POST', 'a/tags/list'],
    ['POST', 'a/manifests/x'],
    ['PUT', `a/blobs/${digest}`],
    ['GET', 'a/blobs/uploads/'],
    ['POST', `a/referrers/${digest}`],
  ] as const) {
    const refused = await served.ask(method, path);
    assert.deepEqual([refused.status, await errorCode(refused)], [405, 'UNSUPPORTED'], `${method} ${path}`);
  }
});

test('the tags of an image that the owner of the Hub can bring are listed before anybody has pulled it', async (t) => {
  const asked: (string | undefined)[][] = [];
  const served = await serveHub(t, {
    onMissing: async (repository, reference) => {
      asked.push([repository, reference]);
      if (repository !== 'library/x') return false;
      await pushImage(served, repository, 'v1', 'seeded');
      return true;
    },
  });
  assert.deepEqual((await list(served, 'library/x/tags/list')).body['tags'], ['v1']);
  assert.deepEqual((await list(served, 'library/x/tags/list')).body['tags'], ['v1']);
  assert.equal(await errorCode(await served.ask('GET', 'nowhere/tags/list')), 'NAME_UNKNOWN');
  assert.deepEqual(asked, [
    ['library/x', undefined],
    ['nowhere', undefined],
  ]);
});
