import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeLockfile, missingEntries, platformOf } from './complete-lockfile.ts';

test('the platform is read from the package name', () => {
  assert.deepEqual(platformOf('@biomejs/cli-linux-arm64-musl'), { cpu: ['arm64'], libc: ['musl'], os: ['linux'] });
  assert.deepEqual(platformOf('@oxlint/binding-linux-arm-gnueabihf'), { cpu: ['arm'], libc: ['glibc'], os: ['linux'] });
  assert.deepEqual(platformOf('@oxlint-tsgolint/win32-x64'), { cpu: ['x64'], os: ['win32'] });
  assert.equal(platformOf('fsevents'), undefined);
});

test('only optional dependencies without an entry are added, and a complete lockfile stays as it is', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/tool': { version: '1.0.0', dev: true, optionalDependencies: { 'tool-darwin-x64': '1.0.0' } },
    },
  };
  const entry = { version: '1.0.0', cpu: ['x64'], dev: true, optional: true, os: ['darwin'] };
  assert.deepEqual(missingEntries(lock), { 'node_modules/tool-darwin-x64': entry });
  const complete = completeLockfile(lock);
  assert.deepEqual(Object.keys(complete.packages), ['', 'node_modules/tool', 'node_modules/tool-darwin-x64']);
  assert.deepEqual(completeLockfile(complete), complete);
});
