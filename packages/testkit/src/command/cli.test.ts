import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cli } from './cli.ts';

const shell = new Cli('docker', ['sh', '-c'], { PATH: process.env['PATH'] ?? '' });

test('a command gives its output, its errors and its exit code', async () => {
  const result = await shell.run(['cat; echo no >&2; exit 3'], { input: 'piped' });
  assert.deepEqual(result, { code: 3, stdout: 'piped', stderr: 'no\n', timedOut: false });
});

test('a command ended by a signal exits as a shell reports it', async () => {
  assert.equal((await shell.run(['kill -9 $$'])).code, 137);
});

test('a command that takes too long is killed and says so', async () => {
  assert.equal((await shell.run(['sleep 60'], { timeout: 50 })).timedOut, true);
});

test('a failing command of ok() is an error that carries its output', async () => {
  await assert.rejects(shell.ok(['echo why >&2; exit 1']), {
    code: 'TEST_COMMAND_FAILED',
    message: /ended with 1[^]*why/,
  });
});

test('a command on a terminal sees that terminal and its size', async () => {
  const running = shell.startOnTerminal(["test -t 0 && stty size; echo 'it'\"'\"'s done'"], { rows: 33, columns: 99 });
  const { code, stdout } = await running.exited;
  assert.equal(code, 0);
  assert.match(stdout, /33 99\r\nit's done/);
});

test('waiting for output ends as soon as the command does', async () => {
  const running = shell.start(['echo other']);
  await assert.rejects(running.waitForOutput('wanted', 60_000), { code: 'TEST_COMMAND_FAILED', message: /other/ });
});
