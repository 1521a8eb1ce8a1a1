import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineErrors, errnoOf, isCode, isKind, messageOf } from './errors.ts';

const { fail } = defineErrors({ NO_SUCH_THING: { kind: 'not_found', description: 'It is not there.' } });

test('an error carries its code, its kind, its details and its cause', () => {
  const cause = new TypeError('inner');
  const error = fail('NO_SUCH_THING', 'No such thing: x', { cause, details: { name: 'x' } });
  assert.equal(error.kind, 'not_found');
  assert.equal(error.code, 'NO_SUCH_THING');
  assert.equal(error.message, 'No such thing: x');
  assert.equal(error.cause, cause);
  assert.deepEqual(error.details, { name: 'x' });
  assert.ok(isKind(error, 'not_found') && isCode(error, 'NO_SUCH_THING'));
  assert.ok(!isKind(cause, 'not_found'));
});

test('facts can be read from whatever was thrown', () => {
  assert.equal(messageOf('text'), 'text');
  assert.equal(errnoOf(Object.assign(new TypeError('x'), { code: 'ENOENT' })), 'ENOENT');
  assert.equal(errnoOf(undefined), undefined);
});
