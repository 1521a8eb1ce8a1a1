import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './eventually.ts';

test('gives the first result that is neither undefined nor false', async () => {
  let calls = 0;
  const found = await eventually(
    () => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return calls === 2 ? undefined : calls === 3 ? false : 0;
    },
    { every: 1 },
  );
  assert.equal(found, 0);
});

test('gives up with what the last call said', async () => {
  const never = eventually(() => Promise.reject(new Error('the tide is out')), { within: 5, every: 1 });
  await assert.rejects(never, { code: 'TEST_TIMEOUT', message: 'gave up waiting: the tide is out' });
});
