import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { leaksSince, mountsOf, takeSnapshot } from './leaks.ts';

test('mounts of ours are read from mountinfo', () => {
  const text = '36 35 98:0 / /run/wharf/x rw - overlay overlay rw\n37 35 98:0 / /proc rw - proc proc rw\n';
  assert.deepEqual(mountsOf(text), ['mount /run/wharf/x']);
});

test('a directory that stays behind is named, one that goes away is not', async () => {
  const before = takeSnapshot();
  const dir = mkdtempSync('/tmp/wharf-leak-');
  assert.ok((await leaksSince(before, 0)).includes(`file ${dir}`));
  rmSync(dir, { recursive: true });
  assert.ok(!(await leaksSince(before, 0)).includes(`file ${dir}`));
});
