import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, minimum } from './numbers.ts';

test('the median of odd and even counts', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

test('the minimum', () => {
  assert.equal(minimum([3, 1, 2]), 1);
});
