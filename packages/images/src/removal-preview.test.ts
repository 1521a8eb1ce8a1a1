import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '@wharf/spec';
import { previewRemoval } from './removal-preview.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const [BASE, TOP, OTHER] = [digest('1'), digest('2'), digest('3')];
const [ONE, TWO] = [digest('a'), digest('b')];
const NAMES = [
  { name: 'docker.io/library/one', tag: '1' },
  { name: 'docker.io/library/one', digest: digest('f') },
];

const layers = (more: readonly string[] = []) =>
  new Map([
    [BASE, { size: 100, users: new Set([ONE, TWO, ...more]) }],
    [TOP, { size: 20, users: new Set([ONE]) }],
    [OTHER, { size: 3, users: new Set([TWO]) }],
  ]);

test('a layer goes with the last image that has it', () => {
  const one = { id: ONE, names: NAMES, diffIds: [BASE, TOP] };
  const two = { id: TWO, names: [], diffIds: [BASE, OTHER] };
  const alone = previewRemoval([one], layers());
  assert.equal(alone.bytes, 20);
  const untagged = [{ Untagged: 'one:1' }, { Untagged: `one@${digest('f')}` }];
  assert.deepEqual(alone.answer.slice(0, 3), [...untagged, { Deleted: ONE }]);
  assert.equal(alone.answer.length, 4);
  const both = previewRemoval([one, two], layers());
  assert.equal(both.bytes, 123);
  assert.deepEqual(both.answer.at(-1), { Deleted: BASE });
});

test('a layer that a container still needs stays', () => {
  const two = { id: TWO, names: [], diffIds: [BASE, OTHER] };
  const one = { id: ONE, names: [], diffIds: [BASE, TOP] };
  assert.equal(previewRemoval([one, two], layers(['c0ffee'])).bytes, 23);
  assert.equal(previewRemoval([], layers()).bytes, 0);
});
