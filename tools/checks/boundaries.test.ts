import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Boundaries, checkClient, checkImports } from './boundaries.ts';
import { graphOf } from './graph.ts';

const rules: Boundaries = {
  floors: [['low', 'base'], ['middle', 'beside'], ['top']],
  sideways: [{ from: 'low', to: 'base', why: 'errors' }],
  testOnly: ['kitchen'],
  only: { top: { may: ['base', 'middle'], why: 'because' } },
  builtins: { 'node:sqlite': { only: ['base'], why: 'use base' }, 'node:net': { not: ['low'], why: 'low is pure' } },
};

function problems(files: Readonly<Record<string, string>>): string[] {
  const graph = graphOf(new Map(Object.entries(files)), new Map());
  return checkImports(rules, graph).map((item) => `${item.where} ${item.what}`);
}

test('imports of lower floors through the door are fine', () => {
  const files = {
    'packages/middle/src/index.ts': "import { a } from '@wharf/low';\nimport { b } from './b.ts';\n",
    'packages/middle/src/b.test.ts': "import { k } from '@wharf/kitchen';\nimport net from 'node:net';\n",
    'packages/low/src/index.ts': "import { e } from '@wharf/base';\n",
    'packages/base/src/index.ts': "import { D } from 'node:sqlite';\n",
    'packages/kitchen/src/index.ts': "import { t } from '@wharf/top';\n",
    'e2e/run.test.ts': "import { t } from '@wharf/top';\n",
  };
  assert.deepEqual(problems(files), []);
});

test('upward, sideways, own, deep, test-only and foreign imports are named', () => {
  const found = problems({
    'packages/low/src/a.ts': "import { x } from '@wharf/middle';\n",
    'packages/middle/src/a.ts': "import type { x } from '@wharf/beside';\n",
    'packages/middle/src/b.ts': "import { x } from '@wharf/middle';\n",
    'packages/middle/src/c.ts': "import { x } from '@wharf/low/src/x.ts';\n",
    'packages/middle/src/d.ts': "import { x } from '@wharf/kitchen';\n",
    'packages/middle/src/e.ts': "import { x } from '../../low/src/x.ts';\n",
    'packages/middle/src/f.ts': "import { x } from '@wharf/nowhere';\n",
    'packages/middle/src/g.ts': "import { x } from './x.test-helper.ts';\n",
    'packages/top/src/a.ts': "\nimport { x } from '@wharf/low';\n",
    'packages/low/src/b.ts': "import net from 'node:net';\n",
    'packages/low/src/c.ts': "import { D } from 'node:sqlite';\n",
    'tools/a.ts': "import { x } from '../packages/low/src/x.ts';\n",
  });
  assert.deepEqual(found, [
    'packages/low/src/a.ts:1 upward: low (floor 0) must not know middle (floor 1)',
    'packages/middle/src/a.ts:1 sideways: middle and beside are both on floor 1; meet through an interface above',
    'packages/middle/src/b.ts:1 a package imports its own files by relative path',
    "packages/middle/src/c.ts:1 deep import: use '@wharf/low'",
    'packages/middle/src/d.ts:1 @wharf/kitchen is for tests only',
    "packages/middle/src/e.ts:1 packages/low/src/x.ts is inside another package: import it through '@wharf/low'",
    'packages/middle/src/f.ts:1 @wharf/nowhere has no floor in tools/boundaries.json',
    'packages/middle/src/g.ts:1 packages/middle/src/x.test-helper.ts is for tests only',
    'packages/top/src/a.ts:2 top may import base, middle only: because',
    'packages/low/src/b.ts:1 low must not import node:net: low is pure',
    'packages/low/src/c.ts:1 low must not import node:sqlite: use base',
    "tools/a.ts:1 packages/low/src/x.ts is inside another package: import it through '@wharf/low'",
  ]);
});

test('the client bundle is small and loads nothing slow', () => {
  const limits = { kilobytes: 1, not: ['node:http'], why: 'slow' };
  assert.deepEqual(checkClient(limits, 'x'.repeat(1000), ['node:net']), []);
  const what = checkClient(limits, 'x'.repeat(1001), ['node:net', 'node:http']).map((item) => item.what);
  assert.deepEqual(what, ['imports node:http: slow', '2 kB, the budget is 1: it is read at every start']);
});
