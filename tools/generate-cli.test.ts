import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandsOf, renderPage } from './generate-cli.ts';
import { root } from './lib/tree.ts';

const HELPS: Readonly<Record<string, string>> = {
  '': 'Usage:  wharf\n\nCommon Commands:\n  run         Run\n  version     Show\n\nManagement Commands:\n  box         Boxes\n\nOptions:\n  -x  y\n',
  run: 'Usage:  wharf run\n\nAliases:\n  wharf box run, wharf run\n',
  version: 'Usage:  wharf version\n',
  box: 'Usage:  wharf box\n\nCommands:\n  run         Run\n  ls          List\n',
  'box run': 'Usage:  wharf box run\n\nAliases:\n  wharf box run, wharf run\n',
  'box ls': 'Usage:  wharf box ls\n\nAliases:\n  wharf box ls, wharf box list\n',
};

test('all lists of commands are read', () => {
  assert.deepEqual(commandsOf(HELPS[''] ?? ''), ['run', 'version', 'box']);
  assert.deepEqual(commandsOf(HELPS['version'] ?? ''), []);
});

test('every command is on the page once, under its noun', async () => {
  const page = await renderPage((path) => Promise.resolve(HELPS[path.join(' ')] ?? ''));
  const titles = [...page.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
  assert.deepEqual(titles, ['wharf', 'wharf box', 'wharf box ls', 'wharf box run', 'wharf version']);
});

test('the client knows every flag of the engine', () => {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const [, section = ''] = read('docs/cli.md').split('## wharf engine run\n');
  const flagsOf = (text: string) => [...text.matchAll(/^ +(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => name).sort();
  assert.deepEqual(flagsOf(section.split('\n## ')[0] ?? ''), flagsOf(read('packages/daemon/src/options.ts')));
});
