import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { parseReference } from '@wharf/spec';
import { defaultEndpoints } from './endpoints.ts';
import { RegistryClient } from './registry-client.ts';
import { FakeRegistry, sendManifest } from './testing/fake-registry.ts';
import { selfSigned } from './testing/openssl.spawn.ts';
import type { Endpoint } from './types.ts';

function clientOf(t: TestContext, endpoints: (registry: string) => readonly Endpoint[]): RegistryClient {
  const client = new RegistryClient({ endpoints, userAgent: 'test/1', retry: { attempts: 1 } });
  t.after(() => client.close());
  return client;
}

test('a certificate nobody vouches for is refused, unless it is given or the registry is insecure', async (t) => {
  const pem = selfSigned(t);
  if (!pem) return;
  const server = createServer(pem, (_req, res) => sendManifest(res)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `https://${host}`;
  const ref = parseReference('x');
  const refused = clientOf(t, () => [{ url }]).manifest(ref);
  const message = `Get "${url}/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`;
  await assert.rejects(refused, { code: 'REGISTRY_UNREACHABLE', message });
  await clientOf(t, () => [{ url, ca: pem.cert }]).manifest(ref);
  await clientOf(t, () => [{ url, insecure: true }]).manifest(ref);
  await clientOf(t, defaultEndpoints({})).manifest(parseReference(`${host}/x`));
});

test('a registry without TLS where TLS is wanted is told as such', async (t) => {
  const registry = await new FakeRegistry((_seen, res) => sendManifest(res)).start();
  t.after(() => registry.stop());
  const url = `https://${registry.host}`;
  const message = `Get "${url}/v2/": http: server gave HTTP response to HTTPS client`;
  await assert.rejects(clientOf(t, () => [{ url }]).manifest(parseReference('x')), { message });
});
