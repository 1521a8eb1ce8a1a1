import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { defaultEndpoints, type PushBlobOptions, RegistryClient, type RequestOptions } from '@wharf/registry';
import { type Descriptor, digestHex, type Manifest, parseImageDocument, parseReference } from '@wharf/spec';
import { serveHub, temporaryDir } from './testing/harness.ts';
import { LayoutWriter } from './testing/layout.ts';
import { dockerRegistry, program, type Ran, run } from './testing/programs.spawn.ts';

/** Several megabytes that do not compress, so that a layer is more than one packet. */
const NOISE = Buffer.from(
  Array.from({ length: 60_000 }, (_, at) => createHash('sha256').update(`${at}`).digest('hex')).join(''),
);
const users = { me: 'secret' };
const credentials = { username: 'me', password: 'secret' };

function clientFor(t: TestContext): RegistryClient {
  const retry = { attempts: 2, baseMs: 1, maxMs: 1 };
  const client = new RegistryClient({ endpoints: defaultEndpoints({}), userAgent: 'wharf-test', retry });
  t.after(() => client.close());
  return client;
}

function makeLayout(t: TestContext): { layout: LayoutWriter; image: Descriptor } {
  const layout = new LayoutWriter(temporaryDir(t));
  const image = layout.image(['one', NOISE.toString()]);
  layout.index([['v1', image]]);
  return { layout, image };
}

const blobFile = (layout: LayoutWriter, { digest }: Descriptor) =>
  readFileSync(join(layout.dir, 'blobs/sha256', digestHex(digest)));

/** Everything that a manifest names. */
function contentOf(bytes: Buffer, mediaType: string): Descriptor[] {
  const document = parseImageDocument(bytes, mediaType);
  assert.equal(document.kind, 'manifest');
  const { config, layers } = (document as { manifest: Manifest }).manifest;
  return [config, ...layers];
}

async function push(
  client: RegistryClient,
  name: string,
  source: ReturnType<typeof makeLayout>,
  options: PushBlobOptions = {},
) {
  const { layout, image } = source;
  const ref = parseReference(name);
  const bytes = blobFile(layout, image);
  for (const descriptor of contentOf(bytes, image.mediaType)) {
    const content = blobFile(layout, descriptor);
    const open = (offset: number) => Promise.resolve(Readable.from([content.subarray(offset)]));
    await client.pushBlob(ref, { descriptor, open }, options);
  }
  return await client.pushManifest(ref, { mediaType: image.mediaType, bytes }, options);
}

/** Pulls everything and verifies it. */
async function pull(client: RegistryClient, name: string, options: RequestOptions = {}): Promise<Descriptor> {
  const ref = parseReference(name);
  const { descriptor, bytes, endpoint } = await client.manifest(ref, options);
  for (const blob of contentOf(bytes, descriptor.mediaType)) {
    const hash = createHash('sha256');
    const { stream } = await client.blob(ref, blob, { ...options, endpoint });
    for await (const chunk of stream) hash.update(chunk as Buffer);
    assert.equal(`sha256:${hash.digest('hex')}`, blob.digest);
  }
  return descriptor;
}

function succeeded({ code, output }: Ran): string {
  assert.equal(code, 0, output);
  return output;
}

async function skopeo(t: TestContext): Promise<((...args: string[]) => Promise<Ran>) | undefined> {
  const path = program(t, 'skopeo');
  const home = temporaryDir(t);
  return path === undefined ? undefined : (...args) => run(path, ['--insecure-policy', ...args], home);
}

test('our client pushes to and pulls from our Hub, whole and in parts', async (t) => {
  const { host } = await serveHub(t);
  const client = clientFor(t);
  const source = makeLayout(t);
  await push(client, `${host}/a/b:v1`, source);
  assert.equal((await pull(client, `${host}/a/b:v1`)).digest, source.image.digest);
  await push(client, `${host}/c:v1`, source, { chunkBytes: 1_000_000 });
  assert.equal((await pull(client, `${host}/c@${source.image.digest}`)).digest, source.image.digest);
  assert.deepEqual(await client.tags(parseReference(`${host}/c`)), ['v1']);
});

test('our client pushes to and pulls from docker-registry, whole and in parts', async (t) => {
  const path = program(t, 'docker-registry');
  if (path === undefined) return;
  const host = await dockerRegistry(t, path, temporaryDir(t));
  const client = clientFor(t);
  const source = makeLayout(t);
  await push(client, `${host}/a/b:v1`, source);
  assert.equal((await pull(client, `${host}/a/b:v1`)).digest, source.image.digest);
  await push(client, `${host}/c:v2`, source, { mountFrom: ['a/b'] });
  await push(client, `${host}/c:v1`, makeLayout(t), { chunkBytes: 1_000_000 });
  assert.equal((await pull(client, `${host}/c@${source.image.digest}`)).digest, source.image.digest);
  assert.deepEqual(await client.tags(parseReference(`${host}/c`)), ['v1', 'v2']);
  const [layer] = contentOf(blobFile(source.layout, source.image), source.image.mediaType).slice(-1);
  assert.ok(layer);
  const rest = await client.blob(parseReference(`${host}/c`), layer, { offset: 1_000_000 });
  assert.equal(rest.offset, 1_000_000);
  rest.stream.destroy();
  const missing = client.manifest(parseReference(`${host}/a/b:none`));
  await assert.rejects(missing, {
    message: `manifest for ${host}/a/b:none not found: manifest unknown: manifest unknown`,
  });
});

test('skopeo pushes to, lists, inspects, pulls from and deletes in our Hub', async (t) => {
  const call = await skopeo(t);
  if (!call) return;
  const { host } = await serveHub(t);
  const { layout, image } = makeLayout(t);
  const target = `docker://${host}/team/app:v1`;
  succeeded(await call('copy', '--dest-tls-verify=false', `oci:${layout.dir}:v1`, target));
  assert.equal((await pull(clientFor(t), `${host}/team/app:v1`)).digest, image.digest);
  assert.match(succeeded(await call('list-tags', '--tls-verify=false', `docker://${host}/team/app`)), /"v1"/);
  assert.ok(succeeded(await call('inspect', '--tls-verify=false', target)).includes(image.digest));
  const out = temporaryDir(t);
  succeeded(await call('copy', '--src-tls-verify=false', target, `oci:${out}:back`));
  assert.deepEqual(readFileSync(join(out, 'blobs/sha256', digestHex(image.digest))), blobFile(layout, image));
  succeeded(
    await call('copy', '--src-tls-verify=false', '--dest-tls-verify=false', target, `docker://${host}/other:v2`),
  );
  succeeded(
    await call(
      'copy',
      '--format=v2s2',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      target,
      `docker://${host}/docker:v1`,
    ),
  );
  const schema2 = await pull(clientFor(t), `${host}/docker:v1`);
  assert.equal(schema2.mediaType, 'application/vnd.docker.distribution.manifest.v2+json');
  succeeded(await call('delete', '--tls-verify=false', target));
  assert.match((await call('inspect', '--tls-verify=false', target)).output, /manifest unknown/);
});

test('skopeo copies a multi-platform image into our Hub and back', async (t) => {
  const call = await skopeo(t);
  if (!call) return;
  const { host, hub } = await serveHub(t);
  const layout = new LayoutWriter(temporaryDir(t));
  layout.index([
    ['', layout.image(['one'], 'amd64')],
    ['', layout.image(['two'], 'arm64')],
  ]);
  await hub.seed(layout.dir, 'many', 'v1');
  const flags = ['--all', '--src-tls-verify=false', '--dest-tls-verify=false'];
  succeeded(await call('copy', ...flags, `docker://${host}/many:v1`, `docker://${host}/copy:v1`));
  const { descriptor } = await clientFor(t).manifest(parseReference(`${host}/copy:v1`));
  const original = await clientFor(t).manifest(parseReference(`${host}/many:v1`));
  assert.equal(descriptor.digest, original.descriptor.digest);
});

test('a Hub that wants tokens serves both our client and skopeo, and only those who may', async (t) => {
  const auth = { scheme: 'token', users } as const;
  const { host, clock } = await serveHub(t, { auth });
  const client = clientFor(t);
  const source = makeLayout(t);
  await push(client, `${host}/private/x:v1`, source, { credentials });
  assert.equal((await pull(client, `${host}/private/x:v1`, { credentials })).digest, source.image.digest);
  // The Hub's tokens end; the client's own clock does not know, and it has to learn from the refusal.
  clock.ms += 3_600_000;
  assert.equal((await pull(client, `${host}/private/x:v1`, { credentials })).digest, source.image.digest);
  const hint = "repository does not exist or may require 'docker login'";
  const message = `pull access denied for ${host}/private/x, ${hint}: denied: requested access to the resource is denied`;
  await assert.rejects(pull(client, `${host}/private/x:v1`), { code: 'IMAGE_ACCESS_DENIED', message });
  const wrong = { credentials: { username: 'me', password: 'wrong' } };
  await assert.rejects(pull(client, `${host}/private/x:v1`, wrong), {
    message: 'unauthorized: incorrect username or password',
  });
  const { identityToken = '' } = await client.login(host, credentials);
  assert.notEqual(identityToken, '');
  await pull(client, `${host}/private/x:v1`, { credentials: { identityToken } });

  const call = await skopeo(t);
  if (!call) return;
  const target = `docker://${host}/private/x:v1`;
  const out = temporaryDir(t);
  succeeded(await call('copy', '--src-tls-verify=false', '--src-creds=me:secret', target, `oci:${out}:v1`));
  const copy = `docker://${host}/private/y:v1`;
  succeeded(await call('copy', '--dest-tls-verify=false', '--dest-creds=me:secret', `oci:${out}:v1`, copy));
  assert.notEqual((await call('copy', '--src-tls-verify=false', target, `oci:${temporaryDir(t)}:v1`)).code, 0);
});

test('a Hub with passwords serves both our client and skopeo', async (t) => {
  const { host } = await serveHub(t, { auth: { scheme: 'basic', users } });
  const client = clientFor(t);
  const source = makeLayout(t);
  await push(client, `${host}/x:v1`, source, { credentials });
  await pull(client, `${host}/x:v1`, { credentials });
  assert.deepEqual(await client.login(host, credentials), {});
  await assert.rejects(pull(client, `${host}/x:v1`), { message: /no basic auth credentials$/ });
  const call = await skopeo(t);
  if (!call) return;
  succeeded(await call('inspect', '--tls-verify=false', '--creds=me:secret', `docker://${host}/x:v1`));
});

test('the embedded Hub comes before the registry of docker.io, and brings what it can', async (t) => {
  const layout = new LayoutWriter(temporaryDir(t));
  const image = layout.image(['one']);
  layout.index([['latest', image]]);
  const served = await serveHub(t, {
    onMissing: async (repository, reference) => {
      if (repository !== 'library/hello' || reference === undefined) return false;
      await served.hub.seed(layout.dir, repository, reference);
      return true;
    },
  });
  const registry = await serveHub(t);
  await registry.hub.seed(layout.dir, 'library/only-there', 'latest');
  const endpoints = () => [{ url: served.url, mirror: true }, { url: registry.url }];
  const client = new RegistryClient({ endpoints, userAgent: 'wharf-test' });
  t.after(() => client.close());
  assert.equal((await client.manifest(parseReference('hello'))).endpoint.url, served.url);
  assert.equal((await client.manifest(parseReference('only-there'))).endpoint.url, registry.url);
  await assert.rejects(client.manifest(parseReference('nowhere')), {
    message: /^manifest for nowhere:latest not found/,
  });
});
