import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonLines } from './messages.ts';

test('lines of JSON survive being cut anywhere', () => {
  const lines = new JsonLines<unknown>();
  const bytes = Buffer.from(`${JSON.stringify({ name: 'é€😀' })}\nnonsense\n[1]\n`);
  const heard = [...bytes].flatMap((byte) => lines.push(Buffer.from([byte])));
  assert.deepEqual(heard, [{ name: 'é€😀' }, [1]]);
});
