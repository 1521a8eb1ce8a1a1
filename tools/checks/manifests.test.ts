import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphOf, type Manifest } from './graph.ts';
import { checkManifests } from './manifests.ts';

function problems(manifest: Manifest, files: Readonly<Record<string, string>>): string[] {
  const manifests = new Map([
    ['', { devDependencies: { tool: '1.0.0' } }],
    ['a', manifest],
  ]);
  return checkManifests(graphOf(new Map(Object.entries(files)), manifests)).map((item) => item.what);
}

test('a manifest that says what the code imports is fine', () => {
  const files = {
    'packages/a/src/index.ts': "import { b } from '@wharf/b';\nimport { x } from '@scope/x/deep';\n",
    'packages/a/src/a.test.ts': "import { t } from 'tool';\nimport { c } from '@wharf/c';\nimport { d } from 'dev';\n",
  };
  const manifest = { dependencies: { '@wharf/b': '*', '@scope/x': '1.2.3' }, devDependencies: { dev: '2.0.0' } };
  assert.deepEqual(problems(manifest, files), []);
});

test('undeclared, unused and unpinned dependencies are named', () => {
  const files = {
    'packages/a/src/index.ts': "import { b } from '@wharf/b';\n",
    'packages/a/src/a.test.ts': "import { t } from 'other';\n",
  };
  assert.deepEqual(problems({ dependencies: { '@wharf/c': '*', loose: '^1.0.0' } }, files), [
    'loose is "^1.0.0": name one exact version',
    'imports @wharf/b but does not declare it',
    'declares @wharf/c but does not import it',
    'declares loose but does not import it',
    'its tests import other: declare it under devDependencies',
  ]);
});
