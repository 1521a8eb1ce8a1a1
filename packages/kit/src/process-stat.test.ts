import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processStat } from './process-stat.ts';

test('a living process has a state, a parent and a start; one that is not there has nothing', () => {
  const own = processStat(process.pid);
  assert.equal(own?.parent, process.ppid);
  assert.match(own?.start ?? '', /^\d+$/);
  assert.match(own?.state ?? '', /^[RS]$/);
  assert.equal(processStat(2 ** 22 + 1), undefined);
});
