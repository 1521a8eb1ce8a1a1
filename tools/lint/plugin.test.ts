import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandSync } from '../lib/command.spawn.ts';
import { root } from '../lib/tree.ts';

/** Lints one file with the house rules alone and returns the names of the rules that objected, in order of lines. */
function lint(source: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-lint-'));
  try {
    const names = ['import-extensions', 'no-module-state', 'no-plain-error', 'no-process-exit'];
    const rules = Object.fromEntries(names.map((name) => [`wharf/${name}`, 'error']));
    const config = { jsPlugins: [join(root, 'tools/lint/plugin.ts')], categories: { correctness: 'off' }, rules };
    writeFileSync(join(dir, '.oxlintrc.json'), JSON.stringify(config));
    writeFileSync(join(dir, 'sample.ts'), source);
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
    const { output } = commandSync(process.execPath, [oxlint, '-f', 'unix', 'sample.ts'], { cwd: dir });
    return [...output.matchAll(/sample\.ts:(\d+):.*\/wharf\(([\w-]+)\)/g)]
      .sort((a, b) => Number(a[1]) - Number(b[1]))
      .map((match) => `${match[1]} ${match[2]}`);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('each house rule objects to what it bans', () => {
  const source = [
    "import { a } from './a';",
    "export { b } from './b.js';",
    'export let count = 0;',
    'var old = 1;',
    "if (a) throw new Error('x');",
    "if (old) throw Error('x');",
    'process.exit(1);',
    'const stop = process.exit;',
  ].join('\n');
  assert.deepEqual(lint(source), [
    '1 import-extensions',
    '2 import-extensions',
    '3 no-module-state',
    '4 no-module-state',
    '5 no-plain-error',
    '6 no-plain-error',
    '7 no-process-exit',
    '8 no-process-exit',
  ]);
});

test('the house rules leave good code alone', () => {
  const source = [
    "import { a, fail } from './a.ts';",
    "import data from './data.json' with { type: 'json' };",
    'const table = new Map<string, number>();',
    'function count(): number { let n = 0; n += 1; return n; }',
    "if (a) throw fail('CODE', 'text');",
    "if (data) throw new TypeError('a bug of the caller');",
    'process.exitCode = count() + table.size;',
  ].join('\n');
  assert.deepEqual(lint(source), []);
});
