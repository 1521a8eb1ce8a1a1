import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, frameHeader, type StreamNumber } from './stdcopy.ts';

function frame(stream: StreamNumber, text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([frameHeader(stream, bytes.length), bytes]);
}

function readIn(pieces: readonly Uint8Array[]): Record<number, string> {
  const found: Record<number, string> = {};
  const reader = new FrameReader((stream, chunk) => {
    found[stream] = (found[stream] ?? '') + Buffer.from(chunk).toString();
  });
  for (const piece of pieces) reader.push(piece);
  assert.ok(reader.atBoundary);
  return found;
}

test('streams are told apart however the bytes are cut', () => {
  const all = Buffer.concat([frame(1, 'one'), frame(2, 'error'), frame(1, ''), frame(1, ' two')]);
  for (let size = 1; size <= all.length; size += 1) {
    const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
      all.subarray(at * size, (at + 1) * size),
    );
    assert.deepEqual(readIn(pieces), { 1: 'one two', 2: 'error' }, `pieces of ${size}`);
  }
});

test('a frame of the greatest length is passed on without being gathered', () => {
  let seen = 0;
  const reader = new FrameReader((_, chunk) => {
    seen += chunk.length;
  });
  reader.push(frameHeader(1, 0xffffffff));
  reader.push(new Uint8Array(1000));
  assert.equal(seen, 1000);
  assert.equal(reader.atBoundary, false);
});

test('an unknown stream is refused', () => {
  const reader = new FrameReader(() => {});
  assert.throws(() => reader.push(Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 1)), RangeError);
});
