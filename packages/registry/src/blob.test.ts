import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { parseReference } from '@wharf/spec';
import { defaultEndpoints } from './endpoints.ts';
import { RegistryClient } from './registry-client.ts';
import { cut, digestOf, FakeRegistry, type Script, sendFailure } from './testing/fake-registry.ts';

const CONTENT = 'the bytes of a layer';
const LAYER = { mediaType: 'application/octet-stream', digest: digestOf(CONTENT), size: CONTENT.length };

async function setUp(t: TestContext, script: Script) {
  const registry = await new FakeRegistry(script).start();
  const client = new RegistryClient({
    endpoints: defaultEndpoints({}),
    userAgent: 'test/1',
    retry: { attempts: 2, baseMs: 1, maxMs: 1 },
  });
  t.after(async () => {
    client.close();
    await registry.stop();
  });
  return { registry, client, ref: parseReference(`${registry.host}/a/b`) };
}

async function text(stream: Readable): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += String(chunk);
  return all;
}

/** Serves the content as a good registry does. */
const serveBlob: Script = (seen, res) => {
  const start = Number(/^bytes=(\d+)-$/.exec(seen.headers.range ?? '')?.[1] ?? 0);
  const part = CONTENT.slice(start);
  const range = { 'content-range': `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}` };
  res.writeHead(start > 0 ? 206 : 200, { 'content-length': part.length, ...(start > 0 && range) }).end(part);
};

test('a blob is read from the offset on', async (t) => {
  const { client, ref, registry } = await setUp(t, serveBlob);
  const whole = await client.blob(ref, LAYER);
  assert.deepEqual([whole.offset, await text(whole.stream)], [0, CONTENT]);
  const rest = await client.blob(ref, LAYER, { offset: 4 });
  assert.deepEqual([rest.offset, await text(rest.stream)], [4, CONTENT.slice(4)]);
  assert.equal(registry.seen[1]?.headers['accept-encoding'], 'identity');
});

test('a server without ranges, or that refuses the range, gives the blob from its start', async (t) => {
  const scripts: Script[] = [
    (_seen, res) => void res.writeHead(200).end(CONTENT),
    (seen, res, all) => (seen.headers.range ? void res.writeHead(416).end() : serveBlob(seen, res, all)),
  ];
  for (const script of scripts) {
    const { client, ref } = await setUp(t, script);
    const { offset, stream } = await client.blob(ref, LAYER, { offset: 4 });
    assert.deepEqual([offset, await text(stream)], [0, CONTENT]);
  }
});

test('a truncated blob fails as unexpected EOF and goes on where it stopped', async (t) => {
  const { client, ref } = await setUp(t, (seen, res, all) => {
    if (all.length > 1) return serveBlob(seen, res, all);
    res.writeHead(200, { 'content-length': CONTENT.length }).write(CONTENT.slice(0, 5), () => cut(res));
  });
  const broken = await client.blob(ref, LAYER);
  let got = '';
  const reading = (async () => {
    for await (const chunk of broken.stream) got += String(chunk);
  })();
  await assert.rejects(reading, { code: 'REGISTRY_UNREACHABLE', message: 'unexpected EOF' });
  const rest = await client.blob(ref, LAYER, { offset: got.length });
  assert.equal(got + (await text(rest.stream)), CONTENT);
});

test('a blob of another size or a wrong range is refused before it is read', async (t) => {
  const scripts: Script[] = [
    (_seen, res) => void res.writeHead(200, { 'content-length': 3 }).end('abc'),
    (_seen, res) =>
      void res.writeHead(206, { 'content-range': 'bytes 9-19/20', 'content-length': 11 }).end('x'.repeat(11)),
    (_seen, res) => void res.writeHead(206, { 'content-length': 16 }).end('x'.repeat(16)),
  ];
  for (const script of scripts) {
    const { client, ref } = await setUp(t, script);
    await assert.rejects(client.blob(ref, LAYER, { offset: 4 }), { code: 'REGISTRY_PROTOCOL' });
  }
});

test('a missing blob is told as such', async (t) => {
  const { client, ref } = await setUp(t, (_seen, res) => sendFailure(res, 404, 'BLOB_UNKNOWN', ''));
  const message = 'blob unknown: blob unknown to registry';
  await assert.rejects(client.blob(ref, LAYER), { code: 'REMOTE_BLOB_NOT_FOUND', message });
});

test('redirects are followed, with the range and without the authorisation', async (t) => {
  const storage = await new FakeRegistry(serveBlob).start();
  t.after(() => storage.stop());
  const { client, ref, registry } = await setUp(t, (_seen, res) => {
    res.writeHead(307, { location: `http://localhost:${storage.host.split(':')[1]}/signed?x=1` }).end();
  });
  const credentials = { registryToken: 'secret' };
  const { offset, stream } = await client.blob(ref, LAYER, { offset: 4, credentials });
  assert.deepEqual([offset, await text(stream)], [4, CONTENT.slice(4)]);
  assert.equal(registry.seen[0]?.headers.authorization, 'Bearer secret');
  assert.equal(storage.seen[0]?.headers.authorization, undefined);
  assert.equal(storage.seen[0]?.headers.range, 'bytes=4-');
});

test('a storage host that wants authorisation does not get it', async (t) => {
  const storage = await new FakeRegistry((_seen, res) => {
    res.writeHead(401, { 'www-authenticate': 'Basic realm="gimme"' }).end();
  }).start();
  t.after(() => storage.stop());
  const { client, ref } = await setUp(
    t,
    (_seen, res) => void res.writeHead(302, { location: `${storage.url}/x` }).end(),
  );
  const credentials = { username: 'me', password: 'secret' };
  await assert.rejects(client.blob(ref, LAYER, { credentials }), { code: 'PULL_UNAUTHORIZED' });
  assert.equal(storage.seen.length, 1);
});

test('redirects that go round, or to something that is not HTTP, end', async (t) => {
  const round = await setUp(t, (seen, res) => void res.writeHead(302, { location: seen.path }).end());
  await assert.rejects(round.client.blob(round.ref, LAYER), { message: /stopped after 5 redirects/ });
  const file = await setUp(t, (_seen, res) => void res.writeHead(302, { location: 'file:///etc/passwd' }).end());
  await assert.rejects(file.client.blob(file.ref, LAYER), { code: 'REGISTRY_PROTOCOL' });
});
