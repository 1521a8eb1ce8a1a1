import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neededIds } from './image-size.ts';

test('a container needs as many IDs as its image names, within bounds', () => {
  const passwd = 'root:x:0:0::/:/bin/sh\nweb:x:4999:1::/:\nnobody:x:65534:65534::/:\n';
  assert.equal(neededIds({ passwd, group: '' }, ''), 5000);
  assert.equal(neededIds({ passwd, group: 'late:x:6000:\n' }, ''), 6001);
  assert.equal(neededIds({ passwd: 'a:x:999999:0::/:\n', group: '' }, ''), 65_536);
  assert.equal(neededIds({ passwd: '', group: '' }, '70000:5'), 70_001);
});

test('an image may have a passwd of any length', () => {
  assert.equal(neededIds({ passwd: '::1\n'.repeat(500_000), group: '' }, ''), 1024);
});
