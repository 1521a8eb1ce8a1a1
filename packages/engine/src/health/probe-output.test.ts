import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameHeader } from '@wharf/spec';
import { ProbeOutput } from './probe-output.ts';

const frame = (stream: 1 | 2, text: string) => Buffer.concat([frameHeader(stream, text.length), Buffer.from(text)]);

test('both streams are kept in their order', () => {
  const output = new ProbeOutput();
  const bytes = Buffer.concat([frame(1, 'one '), frame(2, 'two '), frame(1, 'three')]);
  for (const byte of bytes) output.push(Uint8Array.of(byte));
  assert.equal(output.text(), 'one two three');
});

test('4096 bytes are kept, and dots say that there was more', () => {
  const [full, over] = [new ProbeOutput(), new ProbeOutput()];
  full.push(frame(1, 'x'.repeat(4096)));
  assert.equal(full.text(), 'x'.repeat(4096));
  for (let at = 0; at < 100; at += 1) over.push(frame(2, 'y'.repeat(1000)));
  assert.equal(over.text(), `${'y'.repeat(4096)}...`);
});
