import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DetachScanner, parseDetachKeys } from './detach-keys.ts';

test('keys are read by letter and by ctrl- name', () => {
  assert.deepEqual(parseDetachKeys(''), Uint8Array.of(16, 17));
  assert.deepEqual(
    parseDetachKeys('ctrl-a,b,CTRL-Z,ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,DEL'),
    Uint8Array.of(1, 98, 26, 0, 27, 28, 29, 30, 31, 127),
  );
  for (const wrong of ['ctrl-', 'ctrl-ab', 'xy', 'a,,b', 'é']) assert.equal(parseDetachKeys(wrong), undefined, wrong);
});

/** Types the pieces one after the other; returns what the container gets of each, and whether it ended in a detach. */
function type(keys: Uint8Array, ...pieces: number[][]): { got: number[][]; detached: boolean } {
  const scanner = new DetachScanner(keys);
  const results = pieces.map((piece) => scanner.scan(Uint8Array.from(piece)));
  return { got: results.map(({ data }) => [...data]), detached: results.some((result) => result.detached) };
}

test('the sequence is found across pieces, and what only began like it is passed on', () => {
  const keys = Uint8Array.of(16, 17);
  assert.deepEqual(type(keys, [1, 16], [17, 9]), { got: [[1], []], detached: true });
  assert.deepEqual(type(keys, [16], [5]), { got: [[], [16, 5]], detached: false });
  assert.deepEqual(type(keys, [16, 16, 17]), { got: [[16]], detached: true });
  assert.deepEqual(type(keys, [17, 16], [16], [1]), { got: [[17], [16], [16, 1]], detached: false });
  assert.deepEqual(type(Uint8Array.of(97), [98, 97]), { got: [[98]], detached: true });
});
