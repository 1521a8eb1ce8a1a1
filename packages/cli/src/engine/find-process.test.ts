import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findEngineProcess } from './find-process.ts';

test('only a living process with the start time of the lock counts', () => {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-find-'));
  const lock = join(dir, 'engine.lock');
  const started = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[19];
  assert.equal(findEngineProcess(lock), undefined);
  writeFileSync(lock, `${process.pid} ${started}\n`);
  assert.equal(findEngineProcess(lock), process.pid);
  writeFileSync(lock, `${process.pid} 1\n`);
  assert.equal(findEngineProcess(lock), undefined);
  writeFileSync(lock, 'nonsense');
  assert.equal(findEngineProcess(lock), undefined);
  rmSync(dir, { recursive: true });
});
