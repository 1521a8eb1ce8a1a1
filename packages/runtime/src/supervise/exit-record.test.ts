import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readExitRecord } from './exit-record.ts';

const dir = mkdtempSync(join(tmpdir(), 'wharf-exit-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('a record is read with its nanoseconds', () => {
  writeFileSync(join(dir, 'exit'), '{"code":137,"signal":9,"oom":2,"at":"1763730000123456789"}\n');
  assert.deepEqual(readExitRecord(dir), { code: 137, signal: 9, oomKills: 2, at: 1_763_730_000_123_456_789n });
});

test('no record, an empty one or half of one is none', () => {
  assert.equal(readExitRecord(join(dir, 'nowhere')), undefined);
  for (const text of ['', '{"code":1', '{"code":1,"signal":0,"oom":0}\n', '[]', 'null']) {
    writeFileSync(join(dir, 'exit'), text);
    assert.equal(readExitRecord(dir), undefined, text);
  }
});
