import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processTree } from './process-tree.ts';

test('a process and its descendants, itself first', () => {
  assert.equal(processTree(process.pid)[0], process.pid);
  assert.ok(processTree(process.ppid).includes(process.pid));
});

test('of a process that is not there nothing is found', () => {
  assert.deepEqual(processTree(2 ** 30), []);
});
