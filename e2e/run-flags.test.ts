import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runCommand, wharfProgram } from '@wharf/testkit';

/** Flags that tests of their own observe, and where those are. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'health-cmd': 'health.test.ts',
  'health-interval': 'health.test.ts',
  'health-retries': 'health.test.ts',
  'health-start-interval': 'health.test.ts',
  'health-start-period': 'health.test.ts',
  'health-timeout': 'health.test.ts',
  'health-on-failure': 'lifetimes.test.ts',
  'no-healthcheck': 'health.test.ts',
  timeout: 'lifetimes.test.ts',
  userns: 'userns.test.ts',
  'log-driver': 'log-drivers.test.ts',
  'log-opt': 'log-drivers.test.ts',
  replace: 'replace.test.ts',
  explain: 'explain.test.ts',
};

const FLAG = /--[a-z][a-z0-9-]+/g;

/** The flags in the titles of the tests of run-flags-*.test.ts. */
function titled(): Set<string> {
  const files = readdirSync(import.meta.dirname).filter((name) => /^run-flags-.*\.test\.ts$/.test(name));
  const titles = files.flatMap((name) => {
    const text = readFileSync(join(import.meta.dirname, name), 'utf8');
    return [...text.matchAll(/^ {2}(?:both|once|ours)\(\s*(['"`])(.*?)\1,/gm)].map(([, , title = '']) => title);
  });
  return new Set(titles.flatMap((title) => title.match(FLAG) ?? []).map((flag) => flag.slice(2)));
}

describe('run flags', () => {
  test('every flag of run has a test that observes its effect', async () => {
    const [program = '', ...rest] = wharfProgram();
    const { stdout } = await runCommand([program, ...rest, 'run', '--help'], {
      env: { PATH: process.env['PATH'] ?? '' },
    });
    const shown = [...stdout.matchAll(/^ {2,6}(?:-\w, )? *--([a-z0-9-]+)/gm)].map(([, name = '']) => name);
    assert.ok(shown.length >= 102, `${shown.length} flags`);
    const known = titled();
    const missing = shown.filter((name) => !known.has(name) && ELSEWHERE[name] === undefined);
    assert.deepEqual(missing, []);
  });

  for (const [name, file] of Object.entries(ELSEWHERE)) {
    test(`--${name} is in ${file}`, () => {
      assert.ok(readFileSync(join(import.meta.dirname, file), 'utf8').includes(`--${name}`));
    });
  }
});
