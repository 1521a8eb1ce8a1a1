import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parseReference } from '@wharf/spec';
import { parseChallenges } from './challenge.ts';
import { defaultEndpoints } from './endpoints.ts';
import { RegistryClient } from './registry-client.ts';
import { FakeRegistry, type Script, sendFailure, sendManifest } from './testing/fake-registry.ts';
import { TokenSource } from './token-source.ts';

const quick = { attempts: 2, baseMs: 1, maxMs: 1 };

async function setUp(t: TestContext, script: Script) {
  const registry = await new FakeRegistry(script).start();
  const clock = { ms: 1_000_000 };
  const client = new RegistryClient({
    endpoints: defaultEndpoints({}),
    userAgent: 'test/1',
    retry: quick,
    now: () => clock.ms,
  });
  t.after(async () => {
    client.close();
    await registry.stop();
  });
  return { registry, client, clock, ref: parseReference(`${registry.host}/a/b`) };
}

/** A registry with a token server of its own: each token is `t<n>`, good while `isGood` says so. */
function tokenRegistry(isGood: (token: string) => boolean = () => true): Script {
  let issued = 0;
  return (seen, res) => {
    if (seen.path.startsWith('/token')) {
      issued += 1;
      res.end(JSON.stringify({ token: `t${issued}`, expires_in: 300 }));
      return;
    }
    const token = /^Bearer (.+)$/.exec(seen.headers.authorization ?? '')?.[1];
    if (token && isGood(token)) return sendManifest(res);
    const challenge = `Bearer realm="http://${seen.headers.host}/token",service="svc",scope="repository:a/b:pull"`;
    res.setHeader('www-authenticate', challenge);
    sendFailure(res, 401, 'UNAUTHORIZED', '');
  };
}

const tokenRequests = (registry: FakeRegistry) => registry.seen.filter(({ path }) => path.startsWith('/token'));

test('a token is fetched once, for the repository, and used again', async (t) => {
  const { registry, client, ref } = await setUp(t, tokenRegistry());
  await client.manifest(ref);
  await client.manifest(ref);
  assert.deepEqual(
    tokenRequests(registry).map(({ path }) => path),
    ['/token?service=svc&scope=repository%3Aa%2Fb%3Apull'],
  );
  assert.equal(registry.seen.length, 4);
});

test('user and password go to the token server, not to the registry', async (t) => {
  const { registry, client, ref } = await setUp(t, tokenRegistry());
  await client.manifest(ref, { credentials: { username: 'me', password: 'p:w' } });
  const [request] = tokenRequests(registry);
  assert.equal(request?.headers.authorization, `Basic ${Buffer.from('me:p:w').toString('base64')}`);
  assert.match(request?.path ?? '', /account=me/);
  assert.equal(registry.seen.at(-1)?.headers.authorization, 'Bearer t1');
});

test('an identity token is exchanged by oauth2', async (t) => {
  const { registry, client, ref } = await setUp(t, tokenRegistry());
  await client.manifest(ref, { credentials: { username: '<token>', identityToken: 'refresh me' } });
  const [request] = tokenRequests(registry);
  assert.equal(request?.method, 'POST');
  const form = new URLSearchParams(request?.body);
  assert.deepEqual(
    [form.get('grant_type'), form.get('refresh_token'), form.get('scope'), form.get('service')],
    ['refresh_token', 'refresh me', 'repository:a/b:pull', 'svc'],
  );
});

test('a token that ends in the middle of a pull is replaced', async (t) => {
  let revoked = 't0';
  const { registry, client, ref, clock } = await setUp(
    t,
    tokenRegistry((token) => token !== revoked),
  );
  await client.manifest(ref);
  revoked = 't1';
  await client.manifest(ref);
  assert.equal(registry.seen.at(-1)?.headers.authorization, 'Bearer t2');
  clock.ms += 299_000;
  await client.manifest(ref);
  assert.equal(registry.seen.at(-1)?.headers.authorization, 'Bearer t3');
});

test('different users do not share tokens', async (t) => {
  const { registry, client, ref } = await setUp(t, tokenRegistry());
  await client.manifest(ref, { credentials: { username: 'a', password: 'x' } });
  await client.manifest(ref, { credentials: { username: 'b', password: 'x' } });
  await client.manifest(ref);
  assert.equal(tokenRequests(registry).length, 3);
});

test('a token that is not enough is access denied, wrong credentials are told as the server tells them', async (t) => {
  const denied = await setUp(t, (seen, res, all) => {
    if (seen.path.startsWith('/token')) return tokenRegistry()(seen, res, all);
    const error = seen.headers.authorization ? ',error="insufficient_scope"' : '';
    res.setHeader('www-authenticate', `Bearer realm="http://${seen.headers.host}/token"${error}`);
    sendFailure(res, 401, 'UNAUTHORIZED', 'authentication required');
  });
  const name = `${denied.ref.registry}/a/b`;
  const message = `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`;
  await assert.rejects(denied.client.manifest(denied.ref), { code: 'IMAGE_ACCESS_DENIED', message });
  const wrong = await setUp(t, (seen, res, all) => {
    if (!seen.path.startsWith('/token')) return tokenRegistry()(seen, res, all);
    res.writeHead(401).end(JSON.stringify({ details: 'incorrect username or password' }));
  });
  const pulling = wrong.client.manifest(wrong.ref, { credentials: { username: 'me', password: 'no' } });
  const words = { message: 'unauthorized: incorrect username or password', code: 'PULL_UNAUTHORIZED', kind: 'system' };
  await assert.rejects(pulling, words);
});

test('basic authorisation is answered with user and password, or with the hint that they are missing', async (t) => {
  const good = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  const { client, ref, registry } = await setUp(t, (seen, res) => {
    if (seen.headers.authorization === good) return sendManifest(res);
    res.setHeader('www-authenticate', 'Basic realm="x"');
    sendFailure(res, 401, 'UNAUTHORIZED', 'authentication required');
  });
  const url = `${registry.url}/v2/a/b/manifests/latest`;
  await assert.rejects(client.manifest(ref), { message: `Head "${url}": no basic auth credentials` });
  await client.manifest(ref, { credentials: { username: 'me', password: 'secret' } });
  const wrong = client.manifest(ref, { credentials: { username: 'me', password: 'x' } });
  await assert.rejects(wrong, { message: 'unauthorized: authentication required' });
  assert.deepEqual(await client.login(ref.registry, { username: 'me', password: 'secret' }), {});
  const failed = client.login(ref.registry, { username: 'me', password: 'x' });
  await assert.rejects(failed, {
    message: `login attempt to ${registry.url}/v2/ failed with status: 401 Unauthorized`,
  });
});

test('secrets are not sent to a realm in plain text by order of a registry with TLS', async () => {
  let sent = 0;
  const source = new TokenSource({
    now: () => 0,
    send: () => {
      sent += 1;
      return Promise.reject(new TypeError('must not be reached'));
    },
  });
  const endpoint = { url: 'https://registry.example' };
  const credentials = { username: 'me', password: 'secret' };
  for (const realm of ['http://evil.example/token', 'file:///etc/passwd', 'nonsense']) {
    await assert.rejects(source.get({ endpoint, realm, scopes: [], credentials }), { code: 'REGISTRY_PROTOCOL' });
  }
  assert.equal(sent, 0);
});

test('challenges are read in all their shapes', () => {
  const header = 'Basic realm="a, \\"b\\"", Bearer realm="https://x/t",service=s , scope="r:a:pull,push"';
  assert.deepEqual(parseChallenges(header), [
    { scheme: 'basic', parameters: { realm: 'a, "b"' } },
    { scheme: 'bearer', parameters: { realm: 'https://x/t', service: 's', scope: 'r:a:pull,push' } },
  ]);
  assert.deepEqual(parseChallenges(undefined), []);
  assert.deepEqual(parseChallenges(',,='), []);
  assert.deepEqual(parseChallenges('Negotiate'), [{ scheme: 'negotiate', parameters: {} }]);
});

test('the layers of an image share one token, also when it has ended for all of them', async (t) => {
  let revoked = '';
  const { registry, client, ref } = await setUp(
    t,
    tokenRegistry((token) => token !== revoked),
  );
  await client.manifest(ref);
  await Promise.all([1, 2, 3, 4].map(() => client.manifest(ref)));
  assert.equal(tokenRequests(registry).length, 1);
  revoked = 't1';
  await Promise.all([1, 2, 3, 4].map(() => client.manifest(ref)));
  assert.equal(tokenRequests(registry).length, 2);
});
