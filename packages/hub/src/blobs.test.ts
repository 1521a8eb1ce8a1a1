import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { parseRange } from './blobs.ts';
import { digestOf, errorCode, pushBlob, serveHub } from './testing/harness.ts';

test('a blob is served whole, in ranges and by its head', async (t) => {
  const served = await serveHub(t);
  const digest = await pushBlob(served, 'a/b', '0123456789');
  const path = `a/b/blobs/${digest}`;
  const whole = await served.ask('GET', path);
  assert.deepEqual([whole.status, await whole.text()], [200, '0123456789']);
  assert.equal(whole.headers.get('docker-content-digest'), digest);
  assert.equal(whole.headers.get('accept-ranges'), 'bytes');
  const head = await served.ask('HEAD', path);
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '10']);
  for (const [range, text, answered] of [
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=5-999', '56789', 'bytes 5-9/10'],
  ] as const) {
    const part = await served.ask('GET', path, { headers: { range } });
    assert.deepEqual([part.status, await part.text(), part.headers.get('content-range')], [206, text, answered]);
  }
  const beyond = await served.ask('GET', path, { headers: { range: 'bytes=10-' } });
  assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */10']);
  const same = await served.ask('GET', path, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } });
  assert.equal(same.status, 304);
});

test('ranges that mean nothing mean the whole', () => {
  for (const header of [undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=1-2,4-5', 'items=1-2', 'bytes=x-1']) {
    assert.equal(parseRange(header, 10), undefined);
  }
  assert.throws(() => parseRange('bytes=-0', 10), { code: 'HUB_RANGE' });
  assert.throws(() => parseRange('bytes=0-', 0), { code: 'HUB_RANGE' });
  assert.deepEqual(parseRange('bytes=-99', 10), { start: 0, end: 9 });
});

test('a blob is seen only through the repositories that have it', async (t) => {
  const served = await serveHub(t);
  const digest = await pushBlob(served, 'a', 'secret of a');
  assert.equal((await served.ask('HEAD', `b/blobs/${digest}`)).status, 404);
  assert.equal(await errorCode(await served.ask('GET', `b/blobs/${digest}`)), 'BLOB_UNKNOWN');
  const mounted = await served.ask('POST', `b/blobs/uploads/?mount=${digest}&from=a`);
  assert.deepEqual([mounted.status, mounted.headers.get('location')], [201, `/v2/b/blobs/${digest}`]);
  assert.equal(await (await served.ask('GET', `b/blobs/${digest}`)).text(), 'secret of a');
});

test('a mount needs a repository that has the blob; otherwise an upload begins', async (t) => {
  const served = await serveHub(t);
  const digest = await pushBlob(served, 'a', 'x');
  assert.equal((await served.ask('POST', `c/blobs/uploads/?mount=${digest}&from=b`)).status, 202);
  assert.equal((await served.ask('POST', `c/blobs/uploads/?mount=${digestOf('unknown')}`)).status, 202);
  assert.equal((await served.ask('POST', `c/blobs/uploads/?mount=${digest}`)).status, 201);
});

test('content goes when the last repository lets go of it, and not before', async (t) => {
  const served = await serveHub(t);
  const digest = await pushBlob(served, 'a', 'shared');
  await served.ask('POST', `b/blobs/uploads/?mount=${digest}&from=a`);
  assert.equal((await served.ask('DELETE', `a/blobs/${digest}`)).status, 202);
  assert.equal((await served.ask('DELETE', `a/blobs/${digest}`)).status, 404);
  assert.equal(served.hub.uses(digest), true);
  assert.equal(await (await served.ask('GET', `b/blobs/${digest}`)).text(), 'shared');
  await served.ask('DELETE', `b/blobs/${digest}`);
  assert.equal(served.hub.uses(digest), false);
  assert.equal((await served.ask('POST', `c/blobs/uploads/?mount=${digest}`)).status, 202);
});

test('names and digests cannot lead out of the Hub', async (t) => {
  const served = await serveHub(t);
  const raw = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const [host, port] = served.host.split(':');
      request({ host, port, path }, (res) => {
        res.resume();
        resolve(res.statusCode);
      })
        .on('error', reject)
        .end();
    });
  const digest = digestOf('x');
  for (const name of [
    '../a',
    'a/../b',
    '%2e%2e/a',
    'a%2f..%2fb',
    'A',
    '/a',
    'a//b',
    'a%00',
    '.hidden',
    'x'.repeat(300),
  ]) {
    assert.equal(await raw(`/v2/${name}/blobs/${digest}`), 400, name);
    assert.equal(await raw(`/v2/${name}/manifests/latest`), 400, name);
  }
  for (const reference of ['sha256:..%2f..%2fx', `sha256:${'A'.repeat(64)}`, 'sha256:', 'md5:00', '..%2fx']) {
    assert.equal(await raw(`/v2/a/blobs/${reference}`), 400, reference);
  }
  for (const path of ['/', '/v3/', '/v2/a/b', '/v2/%zz/blobs/x', '/../etc/passwd', '/v2/a/blobs/']) {
    assert.equal(await raw(path), 404, path);
  }
  assert.equal(await raw(`/v2/${'a'.repeat(5000)}/tags/list`), 400);
});
