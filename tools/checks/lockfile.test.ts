import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLockfile } from './lockfile.ts';

const manifests = new Map([
  ['', { devDependencies: { b: '1.0.0', a: '1.0.0' } }],
  ['kit', {}],
]);
const good = { '': { devDependencies: { a: '1.0.0', b: '1.0.0' } }, 'packages/kit': { dependencies: {} } };

test('a lockfile that agrees with the manifests passes', () => {
  assert.deepEqual(checkLockfile({ packages: good }, manifests, {}), []);
});

test('differences, missing entries and install scripts are named', () => {
  const packages = {
    ...good,
    'packages/kit': { dependencies: { a: '1.0.0' } },
    'node_modules/a': { optionalDependencies: { 'a-darwin-x64': '1.0.0' }, hasInstallScript: true },
    'node_modules/b': { hasInstallScript: true },
  };
  const found = checkLockfile({ packages }, manifests, { b: 'works without its script' }).map((item) => item.what);
  assert.deepEqual(
    found.map((what) => what.split(':')[0]),
    ['node_modules/a-darwin-x64 is missing', 'dependencies of kit differ', 'a runs a script when it is installed'],
  );
});
