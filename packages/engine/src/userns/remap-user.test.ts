import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lacks } from './remap-user.ts';
import { Subordinates } from './subordinates.ts';

test('a user gets what it lacks, behind the ranges of all others', (t) => {
  const etc = mkdtempSync(join(tmpdir(), 'wharf-etc-'));
  t.after(() => rmSync(etc, { recursive: true, force: true }));
  const host = new Subordinates(etc);
  assert.deepEqual(lacks('d', host), { add: true, count: 65_536, subordinateUids: 100_000, subordinateGids: 100_000 });
  writeFileSync(join(etc, 'passwd'), 'd:x:990:990::/:\n');
  writeFileSync(join(etc, 'subuid'), 'ann:100000:65536\nbob:300000:10\n');
  writeFileSync(join(etc, 'subgid'), 'd:5:5\n');
  assert.deepEqual(lacks('d', host), { add: false, count: 65_536, subordinateUids: 300_010 });
});
