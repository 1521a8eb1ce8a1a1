import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runProgram } from './program.ts';

const directory = mkdtempSync(join(tmpdir(), 'wharf-oci-program-'));
after(() => rmSync(directory, { recursive: true }));

async function call(...args: string[]) {
  let [stdout, stderr] = ['', ''];
  const code = await runProgram(args, {
    cell: '/no/such/cell',
    version: '1.2.3',
    cwd: directory,
    now: () => new Date(0),
    terminal: { input: process.stdin, output: process.stdout, signals: process },
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
  });
  return { code, stdout, stderr };
}

test('version, help, features', async () => {
  assert.match((await call('--version')).stdout, /^wharf-oci version 1\.2\.3\nspec: 1\.2\.0\n$/);
  assert.match((await call()).stdout, /^Usage: {2}wharf-oci/);
  const features = JSON.parse((await call('features')).stdout) as { hooks: string[]; linux: { namespaces: string[] } };
  assert.equal(features.hooks.length, 6);
  assert.ok(features.linux.namespaces.includes('cgroup'));
});

test('errors are told on standard error and in the log, in the form that was asked for', async () => {
  const log = join(directory, 'log');
  const root = ['--root', join(directory, 'state'), '--log', log];
  const result = await call(...root, '--log-format', 'json', 'state', 'nobody');
  assert.deepEqual([result.code, result.stderr], [1, 'container does not exist\n']);
  await call(...root, 'create', '../up');
  const [first = '', second = ''] = readFileSync(log, 'utf8').split('\n');
  assert.deepEqual(JSON.parse(first), {
    level: 'error',
    msg: 'container does not exist',
    time: '1970-01-01T00:00:00.000Z',
  });
  assert.match(second, /^time="1970.*" level=error msg="wharf-oci create failed: .*config\.json/);
});

test('commands and options that are not known', async () => {
  assert.match((await call('fly')).stderr, /no such command: fly/);
  assert.match((await call('--wings')).stderr, /flag provided but not defined: -wings/);
  assert.match((await call('run', '--preserve-fds', '1', 'x')).stderr, /--preserve-fds is not supported/);
});

test('containers that are not there', async () => {
  const root = ['--root', join(directory, 'state')];
  assert.equal((await call(...root, 'list', '--format', 'json')).stdout, '[]');
  for (const name of ['start', 'kill', 'delete', 'pause', 'resume', 'ps', 'update']) {
    assert.equal((await call(...root, name, 'nobody')).code, 1, name);
  }
  assert.equal((await call(...root, 'delete', '--force', 'nobody')).code, 0);
  assert.match((await call(...root, 'state', '..')).stderr, /invalid container ID format/);
});
