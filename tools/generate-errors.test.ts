import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderErrors, rowsOf } from './generate-errors.ts';

const table = { NO_SUCH_IMAGE: { kind: 'not_found', description: 'No image | by that name.' } };

test('every table of a package becomes rows, other exports do not', () => {
  const rows = rowsOf('images', { imageErrors: table, other: { X: 1 }, ImageService: class {} });
  assert.deepEqual(rows, [{ code: 'NO_SUCH_IMAGE', owner: 'images', ...table.NO_SUCH_IMAGE }]);
  assert.match(renderErrors(rows), /\n\| `NO_SUCH_IMAGE` \| not_found \| No image \\\| by that name\. \| images \|\n$/);
});

test('packages may share a code of one kind; another kind or a wrong form is refused', () => {
  const row = { code: 'A_B', owner: 'one', kind: 'system', description: 'x' } as const;
  assert.match(renderErrors([row, { ...row, owner: 'two' }]), /\n\| `A_B` \| system \| x \| one, two \|\n$/);
  const other = { ...row, owner: 'two', kind: 'invalid' } as const;
  assert.throws(() => renderErrors([row, other]), /A_B is system in one and invalid in two/);
  assert.throws(() => renderErrors([{ ...row, code: 'aB' }]), /one: aB is not UPPER_CASE/);
});
