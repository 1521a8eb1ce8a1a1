import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityOf } from './identity.ts';

test('a checkout is known by its commit and the time of that commit', () => {
  assert.deepEqual(identityOf('1.2.3', '0123456789abcdef0123456789abcdef01234567 2026-11-21T14:00:00+01:00\n'), {
    WHARF_VERSION: '"1.2.3"',
    WHARF_COMMIT: '"0123456"',
    WHARF_BUILD_TIME: '"2026-11-21T13:00:00.000Z"',
  });
});

test('outside a checkout the commit is unknown', () => {
  assert.equal(identityOf('1.2.3', '').WHARF_COMMIT, '"unknown"');
  assert.equal(identityOf('1.2.3', 'fatal: not a git repository').WHARF_BUILD_TIME, '"1970-01-01T00:00:00.000Z"');
});
