import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { MAX_MANIFEST_BYTES, MEDIA_TYPES, parseReference } from '@wharf/spec';
import { defaultEndpoints } from './endpoints.ts';
import { RegistryClient } from './registry-client.ts';
import {
  cut,
  digestOf,
  FakeRegistry,
  MANIFEST,
  type Script,
  sendFailure,
  sendManifest,
} from './testing/fake-registry.ts';
import type { Endpoint } from './types.ts';

const DIGEST = digestOf(MANIFEST);
const quick = { attempts: 3, baseMs: 1, maxMs: 2, maxRetryAfterMs: 5 };

async function serve(t: TestContext, script: Script): Promise<FakeRegistry> {
  const registry = await new FakeRegistry(script).start();
  t.after(() => registry.stop());
  return registry;
}

function clientFor(t: TestContext, endpoints: (registry: string) => readonly Endpoint[] = defaultEndpoints({})) {
  const client = new RegistryClient({ endpoints, userAgent: 'test/1', retry: quick });
  t.after(() => client.close());
  return client;
}

async function pullFrom(t: TestContext, script: Script, name = 'a/b:v1') {
  const registry = await serve(t, script);
  const ref = parseReference(`${registry.host}/${name}`);
  return { registry, ref, pull: () => clientFor(t).manifest(ref) };
}

test('a manifest comes with its digest, type and the endpoint that had it', async (t) => {
  const { registry, pull } = await pullFrom(t, (_seen, res) => sendManifest(res));
  const { descriptor, bytes, endpoint } = await pull();
  assert.deepEqual(descriptor, { mediaType: MEDIA_TYPES.ociManifest, digest: DIGEST, size: MANIFEST.length });
  assert.equal(bytes.toString(), MANIFEST);
  assert.equal(endpoint.url, registry.url);
  assert.equal(registry.seen[0]?.path, '/v2/a/b/manifests/v1');
  for (const type of Object.values([MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerManifest, MEDIA_TYPES.dockerIndex])) {
    assert.ok(registry.seen[0]?.headers.accept?.includes(type));
  }
});

test('a manifest that is not what its digest says is refused', async (t) => {
  const wanted = digestOf('something else');
  const byDigest = await pullFrom(t, (_seen, res) => sendManifest(res), `a/b@${wanted}`);
  const message = `manifest verification failed for digest ${wanted}`;
  await assert.rejects(byDigest.pull(), { code: 'MANIFEST_UNVERIFIED', message });
  const byHeader = await pullFrom(t, (_seen, res) => sendManifest(res, { 'docker-content-digest': wanted }));
  await assert.rejects(byHeader.pull(), { code: 'MANIFEST_UNVERIFIED', message });
});

test('a manifest beyond 4 MiB is not read, announced or not', async (t) => {
  const big = Buffer.alloc(MAX_MANIFEST_BYTES + 1, ' ');
  for (const headers of [{ 'content-length': String(big.length) }, { 'transfer-encoding': 'chunked' }]) {
    const { pull } = await pullFrom(t, (_seen, res) => {
      res.writeHead(200, { 'content-type': MEDIA_TYPES.ociManifest, ...headers }).end(big);
    });
    await assert.rejects(pull(), { code: 'MANIFEST_UNSUPPORTED', message: /larger than/ });
  }
});

test('documents of other types are refused with their type', async (t) => {
  const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
  const { pull } = await pullFrom(
    t,
    (_seen, res) => res.writeHead(200, { 'content-type': type }).end('{}') && undefined,
  );
  const message = `unsupported manifest media type and no default available: ${type}`;
  await assert.rejects(pull(), { code: 'MANIFEST_UNSUPPORTED', message });
});

test('a server that does not know the type lets the document speak', async (t) => {
  const { pull } = await pullFrom(t, (_seen, res) =>
    sendManifest(res, { 'content-type': 'text/plain; charset=utf-8' }),
  );
  assert.equal((await pull()).descriptor.mediaType, MEDIA_TYPES.ociManifest);
});

test('failures are told in the words of Docker', async (t) => {
  const cases: [number, string, string, string, string][] = [
    [
      404,
      'MANIFEST_UNKNOWN',
      'manifest unknown',
      'MANIFEST_NOT_FOUND',
      'manifest for $ not found: manifest unknown: manifest unknown',
    ],
    [
      404,
      'NAME_UNKNOWN',
      '',
      'REPOSITORY_NOT_FOUND',
      'repository # not found: name unknown: repository name not known to registry',
    ],
    [
      403,
      'DENIED',
      '',
      'IMAGE_ACCESS_DENIED',
      "pull access denied for #, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    ],
    [401, 'UNAUTHORIZED', 'authentication required', 'PULL_UNAUTHORIZED', 'unauthorized: authentication required'],
    [429, 'TOOMANYREQUESTS', 'slow down', 'REGISTRY_RATE_LIMIT', 'toomanyrequests: slow down'],
    [400, 'constructor', 'x', 'REGISTRY_REFUSED', 'unknown: x'],
  ];
  for (const [status, remote, text, code, words] of cases) {
    const { pull, ref } = await pullFrom(t, (_seen, res) => sendFailure(res, status, remote, text));
    const name = `${ref.registry}/${ref.repository}`;
    await assert.rejects(pull(), { code, message: words.replace('$', `${name}:v1`).replace('#', name) });
  }
  const html = await pullFrom(t, (_seen, res) => void res.writeHead(503).end('<html>'));
  await assert.rejects(html.pull(), { message: 'received unexpected HTTP status: 503 Service Unavailable' });
});

test('a registry that is down is told with its address', async (t) => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const message = `Get "http://127.0.0.1:${port}/v2/": dial tcp 127.0.0.1:${port}: connect: connection refused`;
  const pulling = clientFor(t).manifest(parseReference(`127.0.0.1:${port}/x`));
  await assert.rejects(pulling, { code: 'REGISTRY_UNREACHABLE', message });
});

test('passing failures are repeated, and a server cannot ask for an hour of patience', async (t) => {
  const failures: ((res: Parameters<Script>[1]) => void)[] = [
    (res) => void res.writeHead(502).end(),
    (res) => void res.writeHead(429, { 'retry-after': '3600' }).end('{}'),
    cut,
  ];
  for (const failOnce of failures) {
    const { pull, registry } = await pullFrom(t, (_seen, res, all) =>
      all.length === 1 ? failOnce(res) : sendManifest(res),
    );
    assert.equal((await pull()).descriptor.digest, DIGEST);
    assert.equal(registry.seen.length, 2);
  }
  const { pull, registry } = await pullFrom(t, (_seen, res) => void res.writeHead(500).end());
  await assert.rejects(pull(), { code: 'REGISTRY_REFUSED' });
  assert.equal(registry.seen.length, quick.attempts);
});

test('mirrors are asked first and passed over whatever they answer, without the credentials', async (t) => {
  const wrong = await serve(t, (_seen, res) => void res.writeHead(200, { 'content-type': 'text/plain' }).end('junk'));
  const missing = await serve(t, (_seen, res) => sendFailure(res, 404, 'MANIFEST_UNKNOWN', 'manifest unknown'));
  const own = await serve(t, (_seen, res) => sendManifest(res));
  const mirrors = ['http://127.0.0.1:1', wrong.url, missing.url].map((url) => ({
    url,
    mirror: true,
    namespace: 'docker.io',
  }));
  const client = clientFor(t, () => [...mirrors, { url: own.url }]);
  const credentials = { registryToken: 'secret' };
  const { endpoint } = await client.manifest(parseReference('busybox'), { credentials });
  assert.equal(endpoint.url, own.url);
  assert.equal(missing.seen[0]?.path, '/v2/library/busybox/manifests/latest?ns=docker.io');
  assert.equal(missing.seen[0]?.headers.authorization, undefined);
  assert.equal(own.seen[0]?.headers.authorization, 'Bearer secret');
});

test('where only a broken mirror answers, what it says is told', async (t) => {
  const broken = await serve(t, (_seen, res) => sendFailure(res, 507, 'UNKNOWN', 'no space left on device'));
  const mirror = { url: broken.url, mirror: true, namespace: 'docker.io' };
  const client = clientFor(t, () => [mirror, { url: 'http://127.0.0.1:1' }]);
  await assert.rejects(client.manifest(parseReference('busybox')), { message: 'unknown: no space left on device' });
});

test('a cancelled pull ends at once', async (t) => {
  const { registry } = await pullFrom(t, () => {});
  const controller = new AbortController();
  const pulling = clientFor(t).manifest(parseReference(`${registry.host}/a`), { signal: controller.signal });
  setImmediate(() => controller.abort());
  await assert.rejects(pulling, { code: 'REQUEST_CANCELLED', message: 'context canceled' });
});

test('a server that stops talking is given up', async (t) => {
  const registry = await serve(t, () => {});
  const client = new RegistryClient({
    endpoints: () => [{ url: registry.url }],
    userAgent: 'test/1',
    retry: { ...quick, attempts: 1 },
    idleMs: 30,
  });
  t.after(() => client.close());
  await assert.rejects(client.manifest(parseReference('a')), { message: /i\/o timeout$/ });
});
