import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDirectories } from './make-directories.ts';

test('directories are made with their parents, once or again', () => {
  const root = mkdtempSync(join(tmpdir(), 'wharf-'));
  try {
    for (let time = 0; time < 2; time += 1) makeDirectories(join(root, 'a/b/c'), 0o700);
    assert.equal(statSync(join(root, 'a/b/c')).mode & 0o777, 0o700);
    writeFileSync(join(root, 'file'), '');
    assert.throws(() => makeDirectories(join(root, 'file')), { code: 'EEXIST' });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('where the kernel takes no directories the answer is an error, and it comes at once', () => {
  assert.throws(() => makeDirectories('/proc/wharf-no-such/below'), { code: 'ENOENT' });
});
