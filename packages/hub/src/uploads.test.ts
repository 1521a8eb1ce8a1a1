import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf, errorCode, type Served, serveHub } from './testing/harness.ts';

async function begin(served: Served, repository = 'a'): Promise<string> {
  const response = await served.ask('POST', `${repository}/blobs/uploads/`);
  assert.equal(response.status, 202);
  return (response.headers.get('location') ?? '').slice('/v2/'.length);
}

const patch = (served: Served, upload: string, body: string, range?: string) =>
  served.ask('PATCH', upload, { body, ...(range && { headers: { 'content-range': range } }) });

const halfWritten = ({ root }: Served) => readdirSync(join(root, 'content', 'ingest'));

test('a blob comes in parts, the last one with the PUT', async (t) => {
  const served = await serveHub(t);
  const upload = await begin(served);
  const first = await patch(served, upload, 'abc', '0-2');
  assert.deepEqual([first.status, first.headers.get('range')], [202, '0-2']);
  const status = await served.ask('GET', upload);
  assert.deepEqual([status.status, status.headers.get('range')], [204, '0-2']);
  await patch(served, upload, 'def');
  const digest = digestOf('abcdefgh');
  const done = await served.ask('PUT', `${upload}?digest=${digest}`, {
    body: 'gh',
    headers: { 'content-range': '6-7' },
  });
  assert.deepEqual([done.status, done.headers.get('location')], [201, `/v2/a/blobs/${digest}`]);
  assert.equal(await (await served.ask('GET', `a/blobs/${digest}`)).text(), 'abcdefgh');
  assert.equal(await errorCode(await served.ask('GET', upload)), 'BLOB_UPLOAD_UNKNOWN');
  assert.deepEqual(halfWritten(served), []);
});

test('parts out of order are refused with the place where to go on', async (t) => {
  const served = await serveHub(t);
  const upload = await begin(served);
  await patch(served, upload, 'abc', '0-2');
  for (const range of ['0-2', '5-7', '4-2', 'x']) {
    const refused = await patch(served, upload, 'xyz', range);
    assert.deepEqual([refused.status, refused.headers.get('range')], [416, '0-2'], range);
    assert.equal(refused.headers.get('location'), `/v2/${upload}`);
  }
  assert.equal(await errorCode(await patch(served, upload, 'def', '3-9')), 'SIZE_INVALID');
  const digest = digestOf('abcdef');
  const late = await served.ask('PUT', `${upload}?digest=${digest}`, {
    body: 'ef',
    headers: { 'content-range': '4-5' },
  });
  assert.equal(late.status, 416);
  assert.equal((await served.ask('PUT', `${upload}?digest=${digest}`, { body: 'def' })).status, 201);
});

test('content that is not what its digest says is thrown away', async (t) => {
  const served = await serveHub(t);
  const upload = await begin(served);
  const wrong = await served.ask('PUT', `${upload}?digest=${digestOf('good')}`, { body: 'evil' });
  assert.deepEqual([wrong.status, await errorCode(wrong)], [400, 'DIGEST_INVALID']);
  assert.equal((await served.ask('GET', upload)).status, 404);
  assert.equal((await served.ask('HEAD', `a/blobs/${digestOf('good')}`)).status, 404);
  for (const digest of ['sha256:12', 'md5:00', '']) {
    assert.equal(await errorCode(await served.ask('PUT', `${await begin(served)}?digest=${digest}`)), 'DIGEST_INVALID');
  }
  assert.equal(await errorCode(await served.ask('PUT', await begin(served))), 'DIGEST_INVALID');
  const single = await served.ask('POST', `a/blobs/uploads/?digest=${digestOf('good')}`, { body: 'evil' });
  assert.equal(single.status, 400);
});

test('an upload belongs to its repository and can be cancelled', async (t) => {
  const served = await serveHub(t);
  const upload = await begin(served);
  await patch(served, upload, 'abc');
  assert.equal((await patch(served, upload.replace(/^a/, 'b'), 'x')).status, 404);
  for (const id of ['x', '..%2f..%2fx', '00000000-0000-0000-0000-000000000000']) {
    assert.equal((await served.ask('GET', `a/blobs/uploads/${id}`)).status, 404);
  }
  assert.equal((await served.ask('DELETE', upload)).status, 204);
  assert.equal((await served.ask('DELETE', upload)).status, 404);
  assert.deepEqual(halfWritten(served), []);
});

test('an upload that breaks off keeps what came, also over a restart', async (t) => {
  const served = await serveHub(t);
  const upload = await begin(served);
  const [host = '', port = ''] = served.host.split(':');
  const socket = connect(Number(port), host);
  socket.write(`PATCH /v2/${upload} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabcde`);
  const offset = async () => (await served.ask('GET', upload)).headers.get('range');
  while ((await offset()) !== '0-4') await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  await served.stop();
  const again = await serveHub(t, { root: served.root });
  const status = await again.ask('GET', upload);
  assert.equal(status.headers.get('range'), '0-4');
  const digest = digestOf('abcdefgh');
  const done = await again.ask('PUT', `${upload}?digest=${digest}`, {
    body: 'fgh',
    headers: { 'content-range': '5-7' },
  });
  assert.equal(done.status, 201);
  assert.equal(await (await again.ask('GET', `a/blobs/${digest}`)).text(), 'abcdefgh');
});

test('one upload has one writer at a time', async (t) => {
  const served = await serveHub(t);
  const upload = await begin(served);
  const [host = '', port = ''] = served.host.split(':');
  const socket = connect(Number(port), host);
  t.after(() => socket.destroy());
  socket.write(`PATCH /v2/${upload} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabcde`);
  while ((await served.ask('GET', upload)).headers.get('range') !== '0-4')
    await new Promise((resolve) => setImmediate(resolve));
  const second = await patch(served, upload, 'x');
  assert.deepEqual([second.status, await errorCode(second)], [409, 'BLOB_UPLOAD_INVALID']);
  assert.equal((await served.ask('DELETE', upload)).status, 409);
});

test('the same blob pushed by many at once is there once', async (t) => {
  const served = await serveHub(t);
  const content = 'z'.repeat(300_000);
  const digest = digestOf(content);
  const pushes = Array.from({ length: 8 }, async (_, at) => {
    const upload = await begin(served, `r${at % 3}`);
    await patch(served, upload, content.slice(0, 100_000));
    return (await served.ask('PUT', `${upload}?digest=${digest}`, { body: content.slice(100_000) })).status;
  });
  assert.deepEqual(await Promise.all(pushes), Array(8).fill(201));
  assert.deepEqual(readdirSync(join(served.root, 'content', 'blobs', 'sha256')), [digest.slice(7)]);
  assert.deepEqual(halfWritten(served), []);
});

test('pushing and deleting the same blob at once never leaves a link without content', async (t) => {
  const served = await serveHub(t);
  const digest = digestOf('flicker');
  const work = Array.from({ length: 40 }, (_, at) =>
    at % 2
      ? served.ask('DELETE', `r${at % 4}/blobs/${digest}`)
      : served.ask('POST', `r${at % 4}/blobs/uploads/?digest=${digest}`, { body: 'flicker' }),
  );
  await Promise.all(work);
  for (const repository of ['r0', 'r1', 'r2', 'r3']) {
    const response = await served.ask('GET', `${repository}/blobs/${digest}`);
    const text = await response.text();
    assert.ok(response.status === 404 ? text.includes('BLOB_UNKNOWN') : text === 'flicker');
    assert.equal((await served.ask('HEAD', `${repository}/blobs/${digest}`)).status, response.status);
  }
});

test('uploads that nobody goes on with are thrown away, others are kept', async (t) => {
  const served = await serveHub(t, { limits: { expiryMs: 1000 } });
  const old = await begin(served);
  await patch(served, old, 'abc');
  served.clock.ms += 900;
  const young = await begin(served);
  await patch(served, young, 'abc');
  served.clock.ms += 200;
  await served.hub.expireUploads();
  assert.equal((await served.ask('GET', old)).status, 404);
  assert.equal((await served.ask('GET', young)).status, 204);
  assert.equal(halfWritten(served).length, 1);
});

test('the number and size of uploads are bounded', async (t) => {
  const served = await serveHub(t, { limits: { maxUploads: 1, maxBlobBytes: 5 } });
  const upload = await begin(served);
  const second = await served.ask('POST', 'a/blobs/uploads/');
  assert.deepEqual(
    [second.status, await errorCode(second), second.headers.get('retry-after')],
    [429, 'TOOMANYREQUESTS', '60'],
  );
  assert.equal((await patch(served, upload, 'abc')).status, 202);
  const large = await patch(served, upload, 'def');
  assert.deepEqual([large.status, await errorCode(large)], [413, 'SIZE_INVALID']);
});

test('a read-only Hub refuses pushes and deletions', async (t) => {
  const served = await serveHub(t, { readOnly: true });
  for (const [method, path] of [
    ['POST', 'a/blobs/uploads/'],
    ['PUT', 'a/manifests/x'],
    ['DELETE', 'a/manifests/x'],
  ] as const) {
    const refused = await served.ask(method, path);
    assert.deepEqual([refused.status, await errorCode(refused)], [405, 'UNSUPPORTED']);
  }
  assert.equal((await served.ask('GET', '')).status, 200);
});

test('web pages in a browser cannot push to a Hub without accounts', async (t) => {
  const served = await serveHub(t);
  const headers = { origin: 'http://evil.example' };
  const refused = await served.ask('POST', `a/blobs/uploads/?digest=${digestOf('x')}`, { body: 'x', headers });
  assert.deepEqual([refused.status, await errorCode(refused)], [403, 'DENIED']);
  assert.equal((await served.ask('GET', '', { headers })).status, 200);
});
