import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderErrors, rowsOf } from './generate-errors.ts';

const table = { NO_SUCH_IMAGE: { kind: 'not_found', description: 'No image | by that name.' } };

test('every table of a package becomes rows, other exports do not', () => {
  const rows = rowsOf('images', { imageErrors: table, other: { X: 1 }, ImageService: class {} });
  assert.deepEqual(rows, [{ code: 'NO_SUCH_IMAGE', owner: 'images', ...table.NO_SUCH_IMAGE }]);
  assert.match(renderErrors(rows), /\n\| `NO_SUCH_IMAGE` \| not_found \| No image \\\| by that name\. \| images \|\n$/);
});

test('a code that two packages define is refused, and so is one in the wrong form', () => {
  const row = { code: 'A_B', owner: 'one', kind: 'system', description: 'x' } as const;
  assert.throws(() => renderErrors([row, { ...row, owner: 'two' }]), /A_B is defined by both one and two/);
  assert.throws(() => renderErrors([{ ...row, code: 'aB' }]), /one: aB is not UPPER_CASE/);
});
