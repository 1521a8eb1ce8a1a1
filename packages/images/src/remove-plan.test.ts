import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '@wharf/spec';
import { planRemoval, type RemovalFacts } from './remove-plan.ts';

const id: Digest = `sha256:${'ab'.repeat(32)}`;
const other: Digest = `sha256:${'cd'.repeat(32)}`;
const busybox = 'docker.io/library/busybox';
const tag = { name: busybox, tag: 'latest' };
const digest = { name: busybox, digest: other };
const second = { name: 'docker.io/me/copy', tag: '1' };
const stopped = { container: 'c'.repeat(64), running: false };
const running = { container: 'd'.repeat(64), running: true };

function plan(facts: Partial<RemovalFacts>) {
  return planRemoval({ id, asked: 'busybox', names: [tag, digest], uses: [], force: false, ...facts });
}

test('the last tag of a repository takes its digests and the image with it', () => {
  assert.deepEqual(plan({ name: tag }), { untag: [tag, digest], removeImage: true });
  assert.deepEqual(plan({ name: tag, names: [tag, digest, second] }), { untag: [tag, digest], removeImage: false });
  const older = { name: busybox, tag: '1' };
  assert.deepEqual(plan({ name: tag, names: [older, tag, digest] }), { untag: [tag], removeImage: false });
  assert.deepEqual(plan({ name: digest }), { untag: [digest], removeImage: false });
});

test('by ID all names go, if they are of one repository or it is forced', () => {
  assert.deepEqual(plan({ asked: 'abab' }), { untag: [tag, digest], removeImage: true });
  assert.deepEqual(plan({ asked: 'abab', names: [] }), { untag: [], removeImage: true });
  assert.throws(() => plan({ asked: 'abab', names: [tag, digest, second] }), {
    kind: 'conflict',
    message: 'conflict: unable to delete abababababab (must be forced) - image is referenced in multiple repositories',
  });
  const names = [tag, digest, second];
  assert.deepEqual(plan({ names, force: true }), { untag: names, removeImage: true });
});

test("containers protect their image in Docker's words", () => {
  assert.throws(() => plan({ name: tag, uses: [stopped] }), {
    message:
      'conflict: unable to remove repository reference "busybox" (must force) - container cccccccccccc is using its referenced image abababababab',
  });
  assert.throws(() => plan({ uses: [stopped] }), {
    message:
      'conflict: unable to delete abababababab (must be forced) - image is being used by stopped container cccccccccccc',
  });
  for (const force of [false, true]) {
    assert.throws(() => plan({ uses: [stopped, running], force }), {
      message:
        'conflict: unable to delete abababababab (cannot be forced) - image is being used by running container dddddddddddd',
    });
  }
});

test('a forced name goes, and the image stays for a running container only', () => {
  assert.deepEqual(plan({ name: tag, uses: [running], force: true }), { untag: [tag, digest], removeImage: false });
  assert.deepEqual(plan({ name: tag, uses: [stopped], force: true }), { untag: [tag, digest], removeImage: true });
  const names = [tag, digest, second];
  assert.deepEqual(plan({ name: tag, names, uses: [stopped] }), { untag: [tag, digest], removeImage: false });
});
