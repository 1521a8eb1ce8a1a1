import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syncDependencies } from './sync-manifests.ts';

test('internal dependencies follow the imports, external ones stay', () => {
  const declared = { '@wharf/old': '*', yaml: '2.9.1' };
  const dependencies = syncDependencies(declared, ['@wharf/kit', '@wharf/api', 'not-declared']);
  assert.equal(JSON.stringify(dependencies), '{"@wharf/api":"*","@wharf/kit":"*","yaml":"2.9.1"}');
});
