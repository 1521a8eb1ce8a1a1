import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { RegistryClient } from '@wharf/registry';
import { MEDIA_TYPES, parseReference } from '@wharf/spec';
import { archive } from './testing/archives.ts';
import { FakeRegistry } from './testing/fake-registry.ts';
import { ImageWorld } from './testing/image-world.ts';

/** The fake registry behind HTTP; every blob's first connection breaks in the middle. */
async function serve(registry: FakeRegistry) {
  const broken = new Set<string>();
  const server = createServer((request, response) => {
    const [, kind = '', name = ''] = /\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? '') ?? [];
    if (kind === 'manifests') {
      const found = registry.document(`library/a:${name}`) ?? registry.document(name);
      if (!found) return response.writeHead(404).end();
      return response.writeHead(200, { 'content-type': found.mediaType }).end(found.bytes);
    }
    const bytes = registry.content(name);
    if (!bytes) return response.writeHead(kind === '' ? 200 : 404).end();
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length - start, ...range });
    if (start > 0 || broken.has(name) || bytes.length < 100_000) return response.end(bytes.subarray(start));
    broken.add(name);
    return response.write(bytes.subarray(0, bytes.length / 2), () => setTimeout(() => response.destroy(), 20));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, broken, [Symbol.dispose]: () => server.close().closeAllConnections() };
}

test('with the real client over HTTP a layer is resumed in the middle and verified', async () => {
  const registry = new FakeRegistry();
  const tar = archive({
    name: 'big',
    content: Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * at) % 251)),
  });
  const blob = gzipSync(tar, { level: 0 });
  registry.putImage(['library/a:latest'], { layers: [{ tar, blob, mediaType: MEDIA_TYPES.ociLayerGzip }] });
  using server = await serve(registry);
  const endpoints = () => [{ url: server.url, insecure: true }];
  const client = new RegistryClient({ endpoints, userAgent: 'test', proxyEnv: {} });
  await using world = new ImageWorld({ registry: client });
  const events = await world.pull('a');
  assert.equal(server.broken.size, 1);
  assert.ok(events.some((event) => event.status === 'Retrying in 1 second'));
  assert.equal(world.images.get('a').size, 400_000);
  await assert.rejects(world.images.pull(parseReference('a:none'), { onEvent() {} }), { kind: 'not_found' });
  client.close();
});
