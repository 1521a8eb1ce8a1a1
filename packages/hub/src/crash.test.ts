import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEDIA_TYPES } from '@wharf/spec';
import { digestOf, manifestOf, serveHub, temporaryDir } from './testing/harness.ts';
import { hubProcess } from './testing/programs.spawn.ts';

test('what a killed Hub has acknowledged is there afterwards, and uploads go on', async (t) => {
  const root = temporaryDir(t);
  const { url, kill } = await hubProcess(t, root);
  const ask = (method: string, path: string, body?: string, type = 'application/octet-stream') =>
    fetch(`${url}/v2/${path}`, { method, ...(body !== undefined && { body }), headers: { 'content-type': type } });
  for (const content of ['{}', 'layer']) await ask('POST', `a/blobs/uploads/?digest=${digestOf(content)}`, content);
  const upload = (await ask('POST', 'a/blobs/uploads/')).headers.get('location')?.slice('/v2/'.length) ?? '';
  assert.equal((await ask('PATCH', upload, 'half of ')).status, 202);
  assert.equal((await ask('PUT', 'a/manifests/v1', manifestOf('layer'), MEDIA_TYPES.ociManifest)).status, 201);
  const late = ask('POST', `a/blobs/uploads/?digest=${digestOf('late')}`, 'late').catch(() => undefined);
  await kill();
  const acknowledged = (await late)?.status === 201;

  const served = await serveHub(t, { root });
  assert.equal(await (await served.ask('GET', 'a/manifests/v1')).text(), manifestOf('layer'));
  assert.equal(await (await served.ask('GET', `a/blobs/${digestOf('layer')}`)).text(), 'layer');
  if (acknowledged) assert.equal((await served.ask('HEAD', `a/blobs/${digestOf('late')}`)).status, 200);
  const whole = digestOf('half of it');
  const headers = { 'content-range': '8-9' };
  assert.equal((await served.ask('PUT', `${upload}?digest=${whole}`, { body: 'it', headers })).status, 201);
  assert.equal(await (await served.ask('GET', `a/blobs/${whole}`)).text(), 'half of it');
});
