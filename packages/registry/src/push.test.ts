import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { MEDIA_TYPES, parseReference } from '@wharf/spec';
import { defaultEndpoints } from './endpoints.ts';
import { RegistryClient } from './registry-client.ts';
import { cut, digestOf, FakeRegistry, MANIFEST, type Script, sendFailure } from './testing/fake-registry.ts';

const CONTENT = '0123456789';
const BLOB = {
  descriptor: { mediaType: 'application/octet-stream', digest: digestOf(CONTENT), size: CONTENT.length },
  open: (offset: number) => Promise.resolve(Readable.from([Buffer.from(CONTENT.slice(offset))])),
};

async function setUp(t: TestContext, script: Script) {
  const registry = await new FakeRegistry(script).start();
  const client = new RegistryClient({
    endpoints: defaultEndpoints({}),
    userAgent: 'test/1',
    retry: { attempts: 3, baseMs: 1, maxMs: 1 },
  });
  t.after(async () => {
    client.close();
    await registry.stop();
  });
  const lines = () => registry.seen.map(({ method, path, body }) => `${method} ${path} ${body}`.trimEnd());
  return { client, lines, ref: parseReference(`${registry.host}/a:v1`), registry };
}

const uploads = '/v2/a/blobs/uploads/';

test('a blob that is there, or can be mounted, is not sent', async (t) => {
  const there = await setUp(t, (_seen, res) => void res.writeHead(200).end());
  assert.equal(await there.client.pushBlob(there.ref, BLOB), 'exists');
  assert.deepEqual(there.lines(), [`HEAD /v2/a/blobs/${BLOB.descriptor.digest}`]);
  const mounted = await setUp(t, (seen, res) => void res.writeHead(seen.path.includes('from=c') ? 201 : 404).end());
  const mountFrom = ['c'];
  assert.equal(await mounted.client.pushBlob(mounted.ref, BLOB, { mountFrom }), 'mounted');
});

test('a refused mount becomes the upload, and its location is kept as the registry gave it', async (t) => {
  const { client, ref, lines } = await setUp(t, (seen, res) => {
    if (seen.method === 'HEAD') res.writeHead(404).end();
    else if (seen.method === 'POST') res.writeHead(202, { location: `${uploads}u1?_state=a%2Bb` }).end();
    else res.writeHead(201).end();
  });
  const sent: number[] = [];
  const options = { mountFrom: ['c'], onProgress: (bytes: number) => sent.push(bytes) };
  assert.equal(await client.pushBlob(ref, BLOB, options), 'pushed');
  const query = `digest=${encodeURIComponent(BLOB.descriptor.digest)}`;
  assert.equal(lines().at(-1), `PUT ${uploads}u1?_state=a%2Bb&${query} ${CONTENT}`);
  assert.equal(sent.at(-1), CONTENT.length);
  assert.equal(lines().length, 3);
});

test('a broken upload begins again', async (t) => {
  let puts = 0;
  const { client, ref } = await setUp(t, (seen, res) => {
    if (seen.method === 'HEAD') res.writeHead(404).end();
    else if (seen.method === 'POST') res.writeHead(202, { location: `${uploads}u` }).end();
    else if (++puts === 1) cut(res);
    else if (puts === 2) res.writeHead(503).end();
    else res.writeHead(201).end();
  });
  assert.equal(await client.pushBlob(ref, BLOB), 'pushed');
  assert.equal(puts, 3);
});

test('parts go on where the registry says it got', async (t) => {
  let patches = 0;
  const { client, ref, lines } = await setUp(t, (seen, res) => {
    const location = `${uploads}u`;
    if (seen.method === 'HEAD') res.writeHead(404).end();
    else if (seen.method === 'POST') res.writeHead(202, { location }).end();
    else if (seen.method === 'GET') res.writeHead(204, { location, range: '0-5' }).end();
    else if (seen.method === 'PUT') res.writeHead(201).end();
    else if (++patches === 2) cut(res);
    else
      res
        .writeHead(202, { location, range: `0-${Number(/-(\d+)$/.exec(seen.headers['content-range'] ?? '')?.[1])}` })
        .end();
  });
  assert.equal(await client.pushBlob(ref, BLOB, { chunkBytes: 4 }), 'pushed');
  assert.deepEqual(lines().slice(2, -1), [
    `PATCH ${uploads}u 0123`,
    `PATCH ${uploads}u 4567`,
    `GET ${uploads}u`,
    `PATCH ${uploads}u 6789`,
  ]);
});

test('a denied push is not repeated', async (t) => {
  const { client, ref, lines } = await setUp(t, (_seen, res) => sendFailure(res, 403, 'DENIED', ''));
  const message = 'denied: requested access to the resource is denied';
  const manifest = { mediaType: MEDIA_TYPES.ociManifest, bytes: Buffer.from(MANIFEST) };
  await assert.rejects(client.pushManifest(ref, manifest), { code: 'REGISTRY_DENIED', message });
  assert.equal(lines().length, 1);
});

test('a registry that changes a manifest is found out', async (t) => {
  const { client, ref } = await setUp(t, (_seen, res) => {
    res.writeHead(201, { 'docker-content-digest': digestOf('changed') }).end();
  });
  const manifest = { mediaType: MEDIA_TYPES.ociManifest, bytes: Buffer.from(MANIFEST) };
  await assert.rejects(client.pushManifest(ref, manifest), { code: 'MANIFEST_UNVERIFIED' });
});

test('tags are read page by page', async (t) => {
  const { client, ref } = await setUp(t, (seen, res) => {
    if (seen.path.includes('last=b')) return void res.end(JSON.stringify({ name: 'a', tags: ['c'] }));
    res.setHeader('link', '</v2/a/tags/list?n=2&last=b>; rel="next"');
    res.end(JSON.stringify({ name: 'a', tags: ['a', 'b'] }));
  });
  assert.deepEqual(await client.tags(ref), ['a', 'b', 'c']);
});
