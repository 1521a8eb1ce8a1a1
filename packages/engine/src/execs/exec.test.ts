import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCode } from '@wharf/kit';
import { mergeEnvironment } from './exec-process.ts';
import { type ExecRequest, inspectExec, newExec } from './exec-record.ts';
import { ExecTable } from './exec-table.ts';
import { holdNamespaces } from './held-namespaces.ts';

const REQUEST: ExecRequest = {
  attachStdin: false,
  attachStdout: true,
  attachStderr: true,
  tty: false,
  detachKeys: '',
  env: [],
  command: ['ls', '-l'],
  privileged: false,
  user: '',
  workingDir: '',
};

test('variables of a command replace, add to and take away those of the container', () => {
  assert.deepEqual(mergeEnvironment(['A=1', 'B=2', 'C=3'], ['B=x=y', 'C', 'D=4', 'E']), ['A=1', 'B=x=y', 'D=4']);
});

test('one that ended can be asked for a while, those that wait go with their container', () => {
  const table = new ExecTable();
  const [ended, waiting, other] = ['a', 'b', 'c'].map((id) => newExec(id, id === 'c' ? 'two' : 'one', REQUEST));
  for (const exec of [ended, waiting, other]) if (exec) table.add(exec, 0);
  assert.deepEqual(table.idsOf('one'), ['a', 'b']);
  Object.assign(table.get('a'), { state: 'ended', exitCode: 3, endedAt: 1000 });
  assert.deepEqual(table.idsOf('one'), ['b']);
  table.dropWaiting('one');
  assert.equal(table.idsOf('one'), null);
  assert.deepEqual(table.idsOf('two'), ['c']);
  table.add(newExec('d', 'two', REQUEST), 1000);
  assert.equal(inspectExec(table.get('a')).ExitCode, 3);
  table.add(newExec('e', 'two', REQUEST), 1000 + 6 * 60_000);
  assert.throws(
    () => table.get('a'),
    (error) => isCode(error, 'NO_SUCH_EXEC'),
  );
});

test('those that never started are bounded, those that run are kept', () => {
  const table = new ExecTable();
  const running = newExec('running', 'one', REQUEST);
  running.state = 'running';
  table.add(running, 0);
  for (let at = 0; at < 5000; at += 1) table.add(newExec(String(at), 'one', REQUEST), 0);
  assert.equal(table.all().length, 4096);
  assert.equal(table.get('running'), running);
  assert.equal(table.get('4999').id, '4999');
});

test('namespaces of a process outside the control group are not taken', () => {
  assert.equal(holdNamespaces(process.pid, 'no-such-sandbox'), undefined);
  assert.equal(holdNamespaces(2 ** 22 + 1, 'x'), undefined);
});
