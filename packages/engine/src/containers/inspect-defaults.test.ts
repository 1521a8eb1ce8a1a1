import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostConfigDefaults, present } from './inspect-defaults.ts';

test('inspect shows every member that scripts read, whatever was asked for', () => {
  const asked = { CapAdd: ['CHOWN'], PidsLimit: undefined, Privileged: true } as unknown as Record<string, never>;
  const shown = { ...hostConfigDefaults(asked), ...present(asked) } as Record<string, unknown>;
  assert.deepEqual(shown['CapAdd'], ['CHOWN']);
  assert.equal(shown['PidsLimit'], null);
  assert.equal(shown['Binds'], null);
  assert.deepEqual(shown['MaskedPaths'], []);
});
