import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyDecoder } from './decoder.ts';
import { parseHead } from './head.ts';

const head = (...fields: string[]) => parseHead(['HTTP/1.1 200 OK', ...fields].join('\r\n'));

/** Feeds the bytes in pieces of the given size; returns the body and what follows it. */
function decode(text: string, size: number, ...fields: string[]): { body: string; after: string | undefined } {
  const decoder = bodyDecoder('GET', head(...fields));
  assert.ok(decoder);
  let body = '';
  let after: string | undefined;
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    if (after !== undefined) after += piece.toString('latin1');
    else after = decoder.feed(piece, (chunk) => (body += chunk.toString('latin1')))?.toString('latin1');
  }
  return { body, after };
}

test('chunked bodies are put together however the bytes arrive', () => {
  const text = '5\r\nhello\r\n1;name=value\r\n \r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT';
  for (let size = 1; size <= text.length; size += 1) {
    const got = decode(text, size, 'Transfer-Encoding: chunked');
    assert.deepEqual(got, { body: 'hello 0123456789', after: 'NEXT' }, `pieces of ${size}`);
  }
});

test('a body of known length ends there, one of unknown length with the connection', () => {
  assert.deepEqual(decode('abcdef', 4, 'Content-Length: 5'), { body: 'abcde', after: 'f' });
  assert.deepEqual(decode('abcdef', 4), { body: 'abcdef', after: undefined });
});

test('answers that cannot have a body have none', () => {
  assert.equal(bodyDecoder('HEAD', head('Content-Length: 5')), undefined);
  assert.equal(bodyDecoder('GET', parseHead('HTTP/1.1 204 No Content')), undefined);
  assert.equal(bodyDecoder('GET', parseHead('HTTP/1.1 304 Not Modified\r\nContent-Length: 5')), undefined);
  assert.equal(bodyDecoder('GET', head('Content-Length: 0')), undefined);
});

test('broken framing is refused', () => {
  const chunked = 'Transfer-Encoding: chunked';
  for (const [text, ...fields] of [
    ['zz\r\n', chunked],
    ['-1\r\n', chunked],
    ['fffffffffffff\r\n', chunked],
    ['1\r\nab\r\n', chunked],
    [`1;${'x'.repeat(5000)}`, chunked],
  ] as const) {
    assert.throws(() => decode(text, 100, ...fields), { code: 'ENGINE_PROTOCOL' }, text.slice(0, 20));
  }
  for (const field of ['Transfer-Encoding: gzip', 'Content-Length: -1', 'Content-Length: 1, 2']) {
    assert.throws(() => bodyDecoder('GET', head(field)), { code: 'ENGINE_PROTOCOL' }, field);
  }
  for (const text of ['HTTP/2 200', 'SSH-2.0-x', 'HTTP/1.1 200 OK\r\nno colon']) {
    assert.throws(() => parseHead(text), { code: 'ENGINE_PROTOCOL' }, text);
  }
});
