import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tailFile } from './tail-file.ts';

async function tail(content: string, lines?: number): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-tail-'));
  const path = join(dir, 'log');
  writeFileSync(path, content);
  let text = '';
  const write = (chunk: Uint8Array): void => {
    text += Buffer.from(chunk).toString();
  };
  await tailFile(path, { follow: false, write, ...(lines === undefined ? {} : { lines }) });
  rmSync(dir, { recursive: true });
  return text;
}

test('the last lines are shown, or all of them', async () => {
  const long = Array.from({ length: 20_000 }, (_, at) => `line ${at}`).join('\n');
  assert.equal(await tail('a\nb\nc\n'), 'a\nb\nc\n');
  assert.equal(await tail('a\nb\nc\n', 2), 'b\nc\n');
  assert.equal(await tail('a\nb\nc', 2), 'b\nc');
  assert.equal(await tail('a\nb\n', 5), 'a\nb\n');
  assert.equal(await tail('', 5), '');
  assert.equal(await tail('a\n', 0), '');
  assert.equal(await tail(`${long}\n`, 2), 'line 19998\nline 19999\n');
  assert.equal((await tail(`${long}\n`, 15_000)).split('\n').length, 15_001);
});
