import assert from 'node:assert/strict';
import { test } from 'node:test';
import { command } from './command.spawn.ts';

const sh = (script: string, timeout = 30_000) => command('sh', ['-c', script], { timeout });

test('all output arrives, also that of a program that ends at once', async () => {
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => sh('head -c 100000 /dev/zero; echo end >&2')));
  for (const { ok, output } of outcomes) {
    assert.ok(ok);
    assert.equal(output.length, 100_004);
  }
});

test('exit codes, signals and missing programs are told apart', async () => {
  assert.equal((await sh('exit 7')).code, 7);
  assert.deepEqual(await sh('kill -KILL $$'), { ok: false, code: undefined, output: '' });
  const missing = await command('/no/such/program', []);
  assert.ok(!missing.ok && missing.code === undefined && missing.output.includes('ENOENT'));
});

test('a child that keeps the pipes does not keep the caller', async () => {
  const { ok, output } = await sh('echo before; sleep 60 & echo $!');
  assert.ok(ok);
  const [first, pid] = output.split('\n');
  assert.equal(first, 'before');
  process.kill(Number(pid), 'SIGKILL');
});

test('a timeout ends the program and its children', async () => {
  const { ok, output } = await sh('sleep 60 & echo $!; wait', 300);
  assert.ok(!ok);
  assert.match(output, /killed after 0\.3 s/);
});
