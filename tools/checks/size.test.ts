import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSize, overTarget } from './size.ts';

const lines = (count: number) => 'x\n'.repeat(count);
const where = (texts: Readonly<Record<string, string>>) =>
  checkSize(new Map(Object.entries(texts))).map((item) => item.where);

test('files within their budgets pass, generated ones are not measured', () => {
  assert.deepEqual(
    where({ 'a.test.ts': lines(400), 'b.gen.ts': lines(9000), 'c.ts': lines(90), 'x.c': lines(600) }),
    [],
  );
});

test('files, the cell as a whole and the median are measured', () => {
  const cell = Object.fromEntries([0, 1, 2, 3, 4, 5].map((at) => [`cell/${at}.c`, lines(501)]));
  assert.deepEqual(where({ ...cell, 'cell/test/x.c': lines(500) }), ['cell (all of it)']);
  assert.deepEqual(where({ 'a.ts': lines(401), 'b.ts': lines(91), 'c.c': lines(601) }), [
    'a.ts',
    'c.c',
    'the median TypeScript file',
  ]);
  assert.deepEqual(overTarget(new Map([['a.ts', lines(301)]])), ['a.ts (301)']);
});

test('long C functions are found by name', () => {
  const long = (name: string, count: number) =>
    `static int ${name}(int a,\n    int b)\n{\n${'  a++;\n'.repeat(count - 4)}}\n`;
  const text = `#define X(a) a\nstatic const int table[] = {\n${'  1,\n'.repeat(200)}};\nint declared(int a);\n`;
  assert.deepEqual(where({ 'a.c': `${text}${long('fits', 90)}${long('grows', 91)}` }), ['a.c:295 grows()']);
});
