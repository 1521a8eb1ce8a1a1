import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCode, isKind } from '@wharf/kit';
import { operationFailed } from '@wharf/linux';
import { startError } from './start-error.ts';

const PREFIX =
  'failed to create task for container: failed to create shim task: OCI runtime create failed: wharf create failed: unable to start container process: error during container init: ';

/** op, syscall, errno, path → code and the text after the prefix. */
const CASES = [
  ['EXEC', 'PATH', 2, 'nope', 'COMMAND_NOT_FOUND', 'exec: "nope": executable file not found in $PATH: unknown'],
  ['EXEC', 'PATH', 2, '', 'COMMAND_NOT_FOUND', 'exec: "": executable file not found in $PATH: unknown'],
  ['EXEC', 'stat', 2, '/no', 'COMMAND_NOT_FOUND', 'exec: "/no": stat /no: no such file or directory: unknown'],
  ['EXEC', 'stat', 20, '/a/b', 'COMMAND_NOT_FOUND', 'exec: "/a/b": stat /a/b: not a directory: unknown'],
  ['EXEC', 'stat', 13, '/etc/x', 'COMMAND_NOT_EXECUTABLE', 'exec: "/etc/x": permission denied: unknown'],
  ['EXEC', 'stat', 21, '/etc', 'COMMAND_NOT_EXECUTABLE', 'exec: "/etc": is a directory: unknown'],
  ['EXEC', 'execve', 8, '/text', 'COMMAND_NOT_EXECUTABLE', 'exec /text: exec format error: unknown'],
  ['EXEC', 'execve', 2, '/script', 'COMMAND_NOT_FOUND', 'exec /script: no such file or directory: unknown'],
  [
    'WORKDIR',
    'chdir',
    20,
    '/etc/passwd',
    'START_FAILED',
    'chdir to cwd ("/etc/passwd") set in config.json failed: not a directory: unknown',
  ],
  [
    'SETNS',
    'setns',
    1,
    '/proc/7/ns/pid',
    'START_FAILED',
    'SETNS: setns /proc/7/ns/pid: operation not permitted: unknown',
  ],
  [
    'BIND',
    'idmap',
    22,
    '/data/layers/1',
    'START_FAILED',
    'the file system of /data/layers/1 cannot show its files with the IDs of a user namespace: invalid argument: unknown',
  ],
  [
    'CLONE',
    'clone3',
    28,
    '',
    'START_FAILED',
    'no more namespaces are allowed (/proc/sys/user/max_*_namespaces): no space left on device: unknown',
  ],
] as const;

for (const [op, syscall, errno, path, code, text] of CASES) {
  test(`${syscall} ${errno} of ${op} "${path}" is told as ${code}`, () => {
    const told = startError(operationFailed({ op, index: 1, syscall, errno, path, hint: '' }));
    assert.ok(isCode(told, code), told.code);
    assert.equal(told.message, PREFIX + text);
    assert.equal(told.details['errno'], errno);
  });
}

test('what is no refused step is told as it is', () => {
  const told = startError(new Error('the cell is gone'));
  assert.equal(told.message, `${PREFIX}the cell is gone: unknown`);
  assert.ok(isCode(told, 'START_FAILED') && isKind(told, 'system'));
});
