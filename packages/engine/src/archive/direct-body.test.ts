import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkFraming, LengthFraming } from './direct-body.ts';

function cut(framing: ChunkFraming | LengthFraming, text: string, size: number): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length && !framing.complete; at += size) {
    for (const data of framing.push(Buffer.from(text.slice(at, at + size)))) parts.push(data.toString());
  }
  return parts.join('');
}

test('chunks are put together however they are cut, and end where they say', () => {
  const text = '5\r\nhello\r\n1;ext=x\r\n \r\nB \r\nwide  world\r\n0\r\nTrailer: x\r\n\r\nnext request';
  for (let size = 1; size <= text.length; size += 1) {
    const framing = new ChunkFraming();
    assert.equal(cut(framing, text, size), 'hello wide  world');
    assert.ok(framing.complete);
  }
});

test('what are no chunks is refused', () => {
  for (const text of ['x\r\n', '\r\n', '-1\r\n', '3\r\nabcd\r\n', `${'1'.repeat(5000)}`, '3\r\nabc0\r\n\r\n']) {
    assert.throws(() => cut(new ChunkFraming(), text, 7), { code: 'COPY_FAILED' }, text);
  }
});

test('a length is a length', () => {
  const framing = new LengthFraming(5);
  assert.equal(cut(framing, 'hello world', 2), 'hello');
  assert.ok(new LengthFraming(0).complete);
});
