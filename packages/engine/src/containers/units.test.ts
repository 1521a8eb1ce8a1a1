import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { LateStream } from './late-stream.ts';
import { KeyedLocks } from './locks.ts';
import { parseSignal } from './signals.ts';
import { Waits } from './waits.ts';

test('signals are read as names, numbers and real-time offsets', () => {
  for (const [text, number] of [
    ['KILL', 9],
    ['sigterm', 15],
    ['2', 2],
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['RTMAX-1', 63],
    ['WINCH', 28],
  ] as const) {
    assert.equal(parseSignal(text), number);
  }
  for (const text of ['', '0', '65', 'NOPE', 'RTMAX+1', '-9', '9x']) {
    assert.throws(() => parseSignal(text), new RegExp(`^WharfError: invalid signal: ${text.replace('+', '\\+')}$`));
  }
});

test('work for one key is done one at a time and in order, whether it fails or not', async () => {
  const locks = new KeyedLocks();
  const seen: string[] = [];
  const work =
    (name: string, fails = false) =>
    async () => {
      seen.push(`${name}(`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name})`);
      if (fails) throw new RangeError(name);
      return name;
    };
  const all = await Promise.allSettled([
    locks.run('k', work('a', true)),
    locks.run('k', work('b')),
    locks.run('other', work('c')),
  ]);
  assert.deepEqual(
    all.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  );
  assert.deepEqual(
    seen.filter((entry) => !entry.startsWith('c')),
    ['a(', 'a)', 'b(', 'b)'],
  );
  assert.equal(seen[1], 'c(', 'another key does not wait');
});

test('waiters are told of their moment; removal tells all; who goes is forgotten', async () => {
  const waits = new Waits();
  const stop = new AbortController();
  const exit = waits.next('1', 'exit', undefined);
  const removed = waits.next('1', 'removed', undefined);
  const gone = waits.next('1', 'exit', stop.signal);
  stop.abort();
  await assert.rejects(gone, /the client that waited is gone/);
  await assert.rejects(waits.next('1', 'exit', AbortSignal.abort()), /the client that waited is gone/);
  waits.tell('1', 'exit', { StatusCode: 3 });
  assert.deepEqual(await exit, { StatusCode: 3 });
  waits.tell('1', 'removed', { StatusCode: 4 });
  assert.deepEqual(await removed, { StatusCode: 4 });
  waits.tell('unknown', 'exit', { StatusCode: 0 });
});

test('a late stream keeps what is written until the container is there, and then passes both ways', async () => {
  const stream = new LateStream();
  const target = new PassThrough();
  stream.end('early');
  stream.connectTo(target);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  assert.equal(Buffer.concat(chunks).toString(), 'early');
});

test('a late stream that is given up takes what is written and ends, read or not', async () => {
  const stream = new LateStream();
  stream.giveUp();
  await new Promise<void>((resolve) => stream.write('nobody reads this', () => resolve()));
  const waiting = new LateStream();
  const written = new Promise<void>((resolve) => waiting.write('x', () => resolve()));
  waiting.giveUp();
  await written;
  waiting.resume();
  await new Promise((resolve) => waiting.once('end', resolve));
});

test('a late stream is not stuck when the container ends without reading', async () => {
  const stream = new LateStream();
  const target = new PassThrough({ highWaterMark: 1 });
  stream.connectTo(target);
  target.pause();
  const written = new Promise<void>((resolve) => stream.write('much more than fits', () => resolve()));
  target.destroy();
  await written;
});
