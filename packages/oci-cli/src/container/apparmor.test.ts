import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCode } from '@wharf/kit';
import { inChild, printProgram } from '@wharf/linux';
import { withAppArmor } from './apparmor.ts';

const program = [inChild({ op: 'PIVOT' }), inChild({ op: 'WORKDIR', path: '/' })];

test('a profile is chosen before the process is inside, where /proc may be anything', () => {
  const chosen = 'child WRITE_FILE path="/proc/self/attr/apparmor/exec" flags=1 mode=0 data="exec mine"';
  assert.equal(printProgram(withAppArmor(program, 'mine', () => true))[0], chosen);
  const inside = [inChild({ op: 'JOIN', paths: ['/proc/7/ns/mnt'] }), inChild({ op: 'WORKDIR', path: '/' })];
  assert.equal(printProgram(withAppArmor(inside, 'mine', () => true))[0], chosen);
  assert.deepEqual(withAppArmor(program, undefined), program);
});

test('a profile that cannot be honoured is an error', () => {
  assert.throws(
    () => withAppArmor(program, 'mine', () => false),
    (error) => isCode(error, 'OCI_CONFIG') && /apparmor not supported/.test(String(error)),
  );
});
