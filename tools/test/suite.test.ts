import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runSuite } from './suite.ts';
import type { Tally } from './tally.ts';

const HEAD = "import { before, suite, test } from 'node:test';\n";

/** Runs a suite of the given test files, by name. */
async function run(
  files: Readonly<Record<string, string>>,
  told = Object.keys(files),
  timeout = 60_000,
): Promise<{ tally: Tally; text: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-suite-'));
  const lines: string[] = [];
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), HEAD + text);
    const paths = told.map((name) => join(dir, name));
    const tally = await runSuite({ name: 'self-test', files: paths, timeout }, (text) => lines.push(text));
    const strip = (text: string) => text.replaceAll(`${dir}/`, '');
    return { tally: { ...tally, failures: tally.failures.map(strip) }, text: lines.join('') };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('tests, skips, failed hooks and failures with their stack are told apart', async () => {
  const { tally, text } = await run({
    'a.test.ts': [
      "test('good', () => {});",
      "test('skipped', { skip: 'no root' }, () => {});",
      "test('bad', () => { throw new Error('boom'); });",
      "suite('group', () => { test('inner', () => {}); });",
      "suite('broken', () => { before(() => { throw new Error('hook'); }); test('never', () => {}); });",
    ].join('\n'),
  });
  assert.equal(tally.passed, 2);
  assert.deepEqual(tally.skipped, ['self-test: skipped (no root)']);
  assert.deepEqual(tally.failures, ['self-test: bad', 'self-test: never', 'self-test: broken']);
  assert.match(text, /^FAIL self-test: 2 passed, 3 failed, 1 skipped/);
  assert.match(text, /a\.test\.ts:4 bad\n {7}Error: boom\n.*a\.test\.ts:4/);
});

test('tests that a helper file defines count for the suite', async () => {
  const helper = "export const define = () => test('from afar', () => {});\n";
  const files = {
    'helper.test-helper.ts': helper,
    'a.test.ts': "import { define } from './helper.test-helper.ts';\ndefine();",
  };
  assert.deepEqual((await run(files, ['a.test.ts'])).tally, { passed: 1, skipped: [], failures: [] });
});

test('a file that does not load, one without tests and a process that ends early are failures', async () => {
  const broken = await run({ 'a.test.ts': "test('good', () => {});", 'b.test.ts': "import './missing.ts';" });
  assert.notEqual(broken.tally.failures.length, 0);
  const empty = await run({ 'a.test.ts': "test('good', () => {});", 'b.test.ts': '' });
  assert.deepEqual(empty.tally, { passed: 1, skipped: [], failures: ['self-test: b.test.ts has no test'] });
  const crash = await run({ 'a.test.ts': "test('dies', () => { process.kill(process.pid, 'SIGKILL'); });" });
  assert.deepEqual(crash.tally.failures, ['self-test: no test ran', 'self-test: the process was killed']);
});

test('a process that never ends is killed and counted', async () => {
  const { tally } = await run(
    { 'a.test.ts': "test('good', () => {}); setInterval(() => {}, 1000);" },
    ['a.test.ts'],
    2000,
  );
  assert.deepEqual(tally.failures.at(-1), 'self-test: the process was killed');
});
