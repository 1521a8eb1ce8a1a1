import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsOf } from './imports.ts';

test('every form of import is found with its line', () => {
  const text = `import a from './a.ts';
import type { B } from '@wharf/b';
import {
  c,
  type D,
} from './c.ts';
import 'node:fs';
export * from './e.ts';
export { f } from './f.ts';
export type { G } from './g.ts';
const h = await import('./h.ts');
`;
  const found = importsOf(text).map((item) => `${item.line} ${item.specifier}${item.typeOnly ? ' type' : ''}`);
  assert.deepEqual(found, [
    '1 ./a.ts',
    '2 @wharf/b type',
    '3 ./c.ts',
    '7 node:fs',
    '8 ./e.ts',
    '9 ./f.ts',
    '10 ./g.ts type',
    '11 ./h.ts',
  ]);
});

test('text that only looks like an import is left alone', () => {
  const text = `// import a from './a.ts';
const b = "import c from './c.ts'";
export const from = './d.ts';
export const list = ['./e.ts'];
export function f() {
  return './f.ts';
}
`;
  assert.deepEqual(importsOf(text), []);
});
