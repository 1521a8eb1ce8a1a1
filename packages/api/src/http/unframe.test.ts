import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unframe } from './unframe.ts';

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function unframed(input: Buffer, piece: number): Promise<string> {
  const unframe = new Unframe();
  for (let at = 0; at < input.length; at += piece) unframe.write(input.subarray(at, at + piece));
  unframe.end();
  const chunks: Buffer[] = [];
  for await (const chunk of unframe) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test('frames of both streams become one text, however they are cut', async () => {
  const input = Buffer.concat([frame(1, 'one '), frame(2, 'two '), frame(1, ''), frame(2, 'three')]);
  for (const piece of [1, 3, 7, 8, 9, 100]) assert.equal(await unframed(input, piece), 'one two three');
});
