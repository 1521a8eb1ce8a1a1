import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, test } from 'node:test';
import type { Digest } from '@wharf/spec';
import { ContentStore } from './content-store.ts';

const base = mkdtempSync(join(tmpdir(), 'wharf-content-'));
after(() => rmSync(base, { recursive: true }));
const freshRoot = () => mkdtempSync(join(base, 'store-'));
const fresh = () => new ContentStore({ root: freshRoot() });
const digestOf = (text: string): Digest => `sha256:${createHash('sha256').update(text).digest('hex')}`;

async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function put(store: ContentStore, content: string): Promise<Digest> {
  const ingest = await store.ingest('put');
  await ingest.write(Buffer.from(content));
  return (await ingest.commit()).digest;
}

test('a committed blob can be read whole, in part, listed and deleted', async () => {
  const store = fresh();
  const digest = await put(store, 'hello blob');
  assert.equal(digest, digestOf('hello blob'));
  assert.deepEqual(await store.info(digest), { digest, size: 10 });
  assert.equal((await store.read(digest)).toString(), 'hello blob');
  assert.equal(await text(await store.open(digest)), 'hello blob');
  assert.equal(await text(await store.open(digest, { start: 2, end: 4 })), 'llo');
  assert.deepEqual(await collect(store.list()), [{ digest, size: 10 }]);
  assert.equal(await store.delete(digest), true);
  assert.equal(await store.delete(digest), false);
  assert.equal(await store.info(digest), undefined);
  await assert.rejects(store.open(digest), { code: 'BLOB_NOT_FOUND' });
});

test('a reader that has begun is not disturbed by a delete', async () => {
  const store = fresh();
  const digest = await put(store, 'still here');
  const stream = await store.open(digest);
  await store.delete(digest);
  assert.equal(await text(stream), 'still here');
});

test('an empty blob has a digest too', async () => {
  const store = fresh();
  const ingest = await store.ingest('empty', { digest: digestOf(''), size: 0 });
  assert.deepEqual(await ingest.commit(), { digest: digestOf(''), size: 0 });
});

test('a suspended blob goes on in the same process and after a restart', async () => {
  const root = freshRoot();
  const store = new ContentStore({ root });
  const expected = { digest: digestOf('abcdef'), size: 6 };
  const first = await store.ingest('layer', expected);
  await first.write(Buffer.from('ab'));
  await first.suspend();
  const second = await store.ingest('layer', expected);
  assert.equal(second.offset, 2);
  await second.write(Buffer.from('cd'));
  await second.suspend();
  const reopened = new ContentStore({ root });
  assert.deepEqual(
    (await collect(reopened.pending())).map(({ key, size }) => ({ key, size })),
    [{ key: 'layer', size: 4 }],
  );
  const third = await reopened.ingest('layer', expected);
  assert.equal(third.offset, 4);
  await third.write(Buffer.from('ef'));
  assert.deepEqual(await third.commit(), expected);
  assert.deepEqual(readdirSync(join(root, 'ingest')), []);
});

test('a blob that is too short keeps its bytes so that the rest can follow', async () => {
  const store = fresh();
  const expected = { digest: digestOf('abcd'), size: 4 };
  const first = await store.ingest('short', expected);
  await first.write(Buffer.from('abc'));
  await assert.rejects(first.commit(), { code: 'BLOB_TRUNCATED', kind: 'data_loss' });
  const second = await store.ingest('short', expected);
  assert.equal(second.offset, 3);
  await second.write(Buffer.from('d'));
  await second.commit();
  assert.equal((await store.read(expected.digest)).toString(), 'abcd');
});

test('what does not fit on the disk leaves its space free', async () => {
  const root = join(base, 'small');
  mkdirSync(root);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root]);
  try {
    const ingest = await new ContentStore({ root }).ingest('large');
    const write = async () => {
      for (;;) await ingest.write(Buffer.alloc(65_536));
    };
    await assert.rejects(write(), { code: 'ENOSPC' });
    await ingest.abort();
    assert.deepEqual(readdirSync(join(root, 'ingest')), []);
  } finally {
    execFileSync('umount', ['-l', root]);
  }
});

test('a blob with the wrong digest is thrown away and never visible', async () => {
  const store = fresh();
  const wanted = digestOf('good');
  const ingest = await store.ingest('bad', { digest: wanted, size: 4 });
  await ingest.write(Buffer.from('evil'));
  await assert.rejects(ingest.commit(), { code: 'BLOB_DIGEST_MISMATCH' });
  assert.equal(await store.info(wanted), undefined);
  assert.equal(await store.info(digestOf('evil')), undefined);
  const again = await store.ingest('bad');
  assert.equal(again.offset, 0);
  await again.abort();
});

test('bytes after the announced size are refused and the good ones stay', async () => {
  const store = fresh();
  const ingest = await store.ingest('long', { size: 3 });
  await ingest.write(Buffer.from('abc'));
  await assert.rejects(ingest.write(Buffer.from('d')), { code: 'BLOB_TOO_LARGE' });
  assert.equal((await ingest.commit()).digest, digestOf('abc'));
});

test('truncate starts again from nothing', async () => {
  const store = fresh();
  const ingest = await store.ingest('again');
  await ingest.write(Buffer.from('wrong start'));
  await ingest.truncate();
  assert.equal(ingest.offset, 0);
  await ingest.write(Buffer.from('right'));
  assert.equal((await ingest.commit()).digest, digestOf('right'));
});

test('one key has one writer at a time, and an ended writer cannot write', async () => {
  const store = fresh();
  const first = await store.ingest('key');
  await assert.rejects(store.ingest('key'), { code: 'INGEST_BUSY', kind: 'conflict' });
  await assert.rejects(store.discard('key'), { code: 'INGEST_BUSY' });
  await first.abort();
  await assert.rejects(first.write(Buffer.from('x')), { code: 'INGEST_CLOSED' });
  const second = await store.ingest('key');
  await second.suspend();
  assert.equal(await store.discard('key'), true);
  assert.equal(await store.discard('key'), false);
});

test('the same blob written twice at once is there once', async () => {
  const root = freshRoot();
  const store = new ContentStore({ root });
  const ingests = await Promise.all(['a', 'b', 'c'].map((key) => store.ingest(key)));
  await Promise.all(ingests.map((ingest) => ingest.write(Buffer.from('same'))));
  const infos = await Promise.all(ingests.map((ingest) => ingest.commit()));
  assert.ok(infos.every(({ digest }) => digest === digestOf('same')));
  assert.equal(readdirSync(join(root, 'blobs', 'sha256')).length, 1);
  assert.deepEqual(readdirSync(join(root, 'ingest')), []);
});

test('SHA-512 blobs are verified too, even when the algorithm is told only at the end', async () => {
  const store = fresh();
  const digest: Digest = `sha512:${createHash('sha512').update('long').digest('hex')}`;
  for (const expected of [{ digest }, {}]) {
    const ingest = await store.ingest('long', expected);
    await ingest.write(Buffer.from('long'));
    assert.deepEqual(await ingest.commit(digest), { digest, size: 4 });
    assert.deepEqual(await collect(store.list()), [{ digest, size: 4 }]);
  }
  const wrong = await store.ingest('wrong');
  await wrong.write(Buffer.from('other'));
  await assert.rejects(wrong.commit(digest), { code: 'BLOB_DIGEST_MISMATCH' });
});

test('keys and digests cannot name files outside the store', async () => {
  const store = fresh();
  for (const key of ['../x', 'a/b', '', '.', '..', 'x'.repeat(300), 'a\0b']) {
    await assert.rejects(store.ingest(key), { code: 'INVALID_INGEST_KEY' }, key);
  }
  for (const digest of ['sha256:../../etc/passwd', `sha256:${'A'.repeat(64)}`, 'md5:1']) {
    assert.throws(() => store.path(digest as Digest), { code: 'INVALID_DIGEST' });
  }
});

test('reading a large blob whole is refused, and strange files are not listed', async () => {
  const root = freshRoot();
  const store = new ContentStore({ root });
  const digest = await put(store, '0123456789');
  await assert.rejects(store.read(digest, 9), { code: 'BLOB_TOO_LARGE' });
  writeFileSync(join(root, 'blobs', 'sha256', 'README'), 'x');
  assert.equal((await collect(store.list())).length, 1);
});
