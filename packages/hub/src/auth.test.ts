import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HubAuth } from './auth.ts';
import { digestOf, errorCode, manifestOf, pushBlob, pushImage, type Served, serveHub } from './testing/harness.ts';

const users = { me: 'secret', you: 'other' };
/** `public/` is for everybody to read; the rest belongs to the users whose name it begins with. */
const allows: HubAuth['allows'] = (user, repository, action) =>
  repository.startsWith(`${user}/`) || (repository.startsWith('public/') && action === 'pull');
const token: HubAuth = { scheme: 'token', users, allows };
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

interface Grant {
  readonly token: string;
  readonly refresh_token?: string;
  readonly expires_in: number;
}

async function grant(served: Served, query: string, headers: Record<string, string> = {}): Promise<Grant> {
  const response = await fetch(`${served.url}/token?${query}`, { headers });
  assert.equal(response.status, 200);
  return (await response.json()) as Grant;
}

const bearer = ({ token: text }: Grant) => ({ authorization: `Bearer ${text}` });

test('without a token the challenge tells where to get one and for what', async (t) => {
  const served = await serveHub(t, { auth: token });
  const response = await served.ask('PUT', 'me/x/manifests/v1');
  assert.deepEqual([response.status, await errorCode(response)], [401, 'UNAUTHORIZED']);
  assert.equal(
    response.headers.get('www-authenticate'),
    `Bearer realm="${served.url}/token",service="wharf-hub",scope="repository:me/x:pull,push"`,
  );
  assert.equal((await served.ask('GET', '')).status, 401);
});

test('a token is good for what it was given for and nothing else', async (t) => {
  const served = await serveHub(t, { auth: token });
  const mine = bearer(await grant(served, 'scope=repository:me/x:pull,push', basic('me', 'secret')));
  const digest = digestOf('x');
  const push = (repository: string, headers: Record<string, string>) =>
    served.ask('POST', `${repository}/blobs/uploads/?digest=${digest}`, { body: 'x', headers });
  assert.equal((await push('me/x', mine)).status, 201);
  assert.equal((await served.ask('GET', `me/x/blobs/${digest}`, { headers: mine })).status, 200);
  const other = await push('me/y', mine);
  assert.match(other.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/);
  assert.equal((await served.ask('DELETE', `me/x/blobs/${digest}`, { headers: mine })).status, 401);
  const greedy = bearer(await grant(served, 'scope=repository:you/z:pull,push,delete', basic('me', 'secret')));
  assert.equal((await push('you/z', greedy)).status, 401);
  assert.equal((await push('constructor', mine)).status, 401);
});

test('somebody without a name can read what is public', async (t) => {
  const served = await serveHub(t, { auth: token });
  const anybody = bearer(await grant(served, 'scope=repository:public/x:pull,push'));
  assert.equal((await served.ask('GET', 'public/x/manifests/v1', { headers: anybody })).status, 404);
  assert.equal((await served.ask('POST', 'public/x/blobs/uploads/', { headers: anybody })).status, 401);
});

test('tokens end, and cannot be made by others', async (t) => {
  const served = await serveHub(t, { auth: { ...token, tokenSeconds: 60 } });
  const given = await grant(served, 'scope=repository:me/x:pull', basic('me', 'secret'));
  assert.equal(given.expires_in, 60);
  const ask = (text: string) =>
    served.ask('GET', 'me/x/manifests/v1', { headers: { authorization: `Bearer ${text}` } });
  assert.equal((await ask(given.token)).status, 404);
  const [body = '', signature = ''] = given.token.split('.');
  const forged = Buffer.from(body, 'base64url').toString().replace('me/x', 'you/x');
  for (const text of [
    `${Buffer.from(forged).toString('base64url')}.${signature}`,
    body,
    `${body}.`,
    'x.y',
    given.token.slice(1),
  ]) {
    const refused = await ask(text);
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
  }
  served.clock.ms += 60_000;
  assert.equal((await ask(given.token)).status, 401);
});

test('a refresh token stands for the password, also after a restart', async (t) => {
  const served = await serveHub(t, { auth: token });
  const { refresh_token: refresh = '' } = await grant(served, 'offline_token=true', basic('me', 'secret'));
  assert.equal((await served.ask('GET', '', { headers: { authorization: `Bearer ${refresh}` } })).status, 401);
  await served.stop();
  const again = await serveHub(t, { auth: token, root: served.root });
  const post = (form: Record<string, string>) =>
    fetch(`${again.url}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const scope = 'repository:me/x:pull';
  const given = (await (await post({ grant_type: 'refresh_token', refresh_token: refresh, scope })).json()) as Grant;
  assert.equal((await again.ask('GET', 'me/x/manifests/v1', { headers: bearer(given) })).status, 404);
  assert.equal((await post({ grant_type: 'refresh_token', refresh_token: given.token })).status, 401);
  assert.equal((await post({ grant_type: 'password', username: 'me', password: 'secret', scope })).status, 200);
  assert.equal((await post({ grant_type: 'password', username: 'me', password: 'wrong' })).status, 401);
  assert.equal((await post({ grant_type: 'other' })).status, 405);
  assert.equal((await post({ grant_type: 'password', username: 'x'.repeat(20_000) })).status, 413);
});

test('wrong passwords and unknown users get no token', async (t) => {
  const served = await serveHub(t, { auth: token });
  for (const headers of [
    basic('me', 'wrong'),
    basic('nobody', 'secret'),
    basic('constructor', ''),
    { authorization: 'Basic !' },
  ]) {
    assert.equal((await fetch(`${served.url}/token`, { headers })).status, 401);
  }
});

test('basic authorisation lets users in and others to what is public', async (t) => {
  const served = await serveHub(t, { auth: { scheme: 'basic', users, allows } });
  const me = basic('me', 'secret');
  assert.equal((await served.ask('GET', '')).status, 401);
  assert.equal((await served.ask('GET', '', { headers: me })).status, 200);
  const closed = await served.ask('GET', 'me/x/manifests/v1');
  assert.equal(closed.headers.get('www-authenticate'), 'Basic realm="wharf-hub"');
  assert.equal((await served.ask('GET', 'me/x/manifests/v1', { headers: basic('me', 'no') })).status, 401);
  assert.equal((await served.ask('GET', 'me/x/manifests/v1', { headers: me })).status, 404);
  assert.equal((await served.ask('GET', 'public/x/manifests/v1')).status, 404);
  const foreign = await served.ask('POST', 'you/x/blobs/uploads/', { headers: me });
  assert.deepEqual([foreign.status, await errorCode(foreign)], [403, 'DENIED']);
  assert.equal((await fetch(`${served.url}/token`)).status, 404);
});

test('a mount cannot read what its user may not', async (t) => {
  const open = await serveHub(t);
  const digest = await pushBlob(open, 'you/x', 'secret of you');
  await pushImage(open, 'public/x', 'v1', 'layer');
  await open.stop();
  const served = await serveHub(t, { root: open.root, auth: { scheme: 'basic', users, allows } });
  const headers = basic('me', 'secret');
  for (const query of [`mount=${digest}&from=you/x`, `mount=${digest}`]) {
    assert.equal((await served.ask('POST', `me/x/blobs/uploads/?${query}`, { headers })).status, 202);
  }
  const layer = digestOf('layer');
  assert.equal((await served.ask('POST', `me/x/blobs/uploads/?mount=${layer}&from=public/x`, { headers })).status, 201);
  const catalog = await served.ask('GET', '_catalog', { headers });
  assert.deepEqual(await catalog.json(), { repositories: ['me/x', 'public/x'] });
  const body = await served.ask('GET', 'public/x/manifests/v1');
  assert.equal(await body.text(), manifestOf('layer'));
});
