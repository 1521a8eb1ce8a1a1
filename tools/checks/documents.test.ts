import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLinks, checkReasons } from './documents.ts';

test('a relative link to a missing file is found, other links are left alone', () => {
  const text = '# A\n[b](b.md#part) [c](../c.md) [web](https://example.org/x) [here](#a)\n[gone](gone.md)\n';
  const exists = (path: string) => ['docs/b.md', 'c.md'].includes(path);
  const where = checkLinks(new Map([['docs/a.md', text]]), exists).map((item) => `${item.where} ${item.what}`);
  assert.deepEqual(where, ['docs/a.md:3 dead link: gone.md']);
});

test('a dependency without a reason is found', () => {
  const found = checkReasons('| `yaml` | 2.9.1 | … |', ['yaml', '@wharf/kit', 'other', 'other']);
  assert.deepEqual(
    found.map((item) => item.what),
    ['says nothing about other: add its row with the reason'],
  );
});
