import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compressRotated } from './compressor.ts';
import { readLog } from './read-log.ts';

const dir = mkdtempSync(join(tmpdir(), 'wharf-compress-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const FILES = 6;

/** As a cell rotates: plain files and compressed ones beside each other. */
function rotate(path: string): void {
  for (let n = FILES - 1; n >= 1; n -= 1) {
    for (const suffix of n > 1 ? ['.gz', ''] : ['']) {
      const from = n > 1 ? `${path}.${n - 1}${suffix}` : path;
      if (existsSync(from)) renameSync(from, `${path}.${n}${suffix}`);
    }
  }
  writeFileSync(path, '');
}

const entry = (number: number) => `{"log":"n${number}\\n","stream":"stdout","time":"2026-01-01T00:00:00Z"}\n`;

async function linesOf(path: string): Promise<string[]> {
  let text = '';
  const options = { tty: true, stdout: true, stderr: true, timestamps: false, details: '', tail: 'all' } as const;
  for await (const chunk of readLog({ path, ...options, follow: () => false })) text += chunk.toString();
  return text.split('\n').filter(Boolean);
}

test('rotations in the middle of compressing neither lose nor double a line', async () => {
  const path = join(dir, 'log');
  writeFileSync(path, '');
  let written = 0;
  const fill = () => {
    for (let line = 0; line < 400; line += 1) appendFileSync(path, entry(written++));
  };
  let going = true;
  const compressing = (async () => {
    while (going) {
      await compressRotated(path, FILES);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  for (let turn = 0; turn < 60; turn += 1) {
    fill();
    rotate(path);
    await new Promise((resolve) => setImmediate(resolve));
    if (turn % 10 !== 9) continue;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  fill();
  going = false;
  await compressing;
  await compressRotated(path, FILES);
  const lines = await linesOf(path);
  assert.equal(lines.length, 400 * FILES);
  assert.ok(lines.every((line, at) => line === `n${written - lines.length + at}`));
  for (let n = 1; n < FILES; n += 1) {
    assert.equal(statSync(`${path}.${n}`).size, 0);
    assert.ok(existsSync(`${path}.${n}.gz`));
  }
  assert.ok(!existsSync(`${path}.packing`));
});
