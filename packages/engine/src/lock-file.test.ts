import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockFor } from './lock-file.ts';

test('one engine at a time has a root or a bridge; what a dead engine held is taken over', () => {
  const root = mkdtempSync(join(tmpdir(), 'wharf-'));
  const path = join(root, 'lock');
  try {
    const release = lockFor(path, 'the bridge b0', '--bridge');
    assert.throws(() => lockFor(path, 'the bridge b0', '--bridge'), {
      message: `another engine (process ${process.pid}) uses the bridge b0: stop it, or choose another --bridge`,
    });
    release();
    writeFileSync(path, '999999999 12\n');
    lockFor(path, 'the bridge b0', '--bridge')();
  } finally {
    rmSync(root, { recursive: true });
  }
});
