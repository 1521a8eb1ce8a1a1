import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Cli, eventually, type TestEngine } from '@wharf/testkit';
import { hasPrograms } from './support/needed-program.ts';
import { suite } from './support/suite.ts';

const RUNTIMES = ['runc', 'crun'] as const;
const LOOP = 'trap "echo bye; exit 5" TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done';

interface State {
  readonly Status: string;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
}

async function stateOf(engine: TestEngine, name: string): Promise<State> {
  const { json } = await engine.api('GET', `/containers/${name}/json`);
  return (json as { State: State }).State;
}

/** What is left of starts: directories of sandboxes that are none of the parked ones. */
function traces(engine: TestEngine): string[] {
  const parent = join(engine.places.execRoot, 's');
  return readdirSync(parent).filter((name) => existsSync(join(parent, name, 'oci.json')));
}

/** Runtimes that misbehave; they are in files next to the engine's. */
const BROKEN = {
  hangs: '#!/bin/sh\nsleep 600 &\nexec sleep 600\n',
  fails: '#!/bin/sh\necho "no container today" >&2\nexit 1\n',
};

const directory = mkdtempSync('/dev/shm/wharf-runtimes-');
for (const [name, text] of Object.entries(BROKEN)) {
  writeFileSync(join(directory, name), text);
  chmodSync(join(directory, name), 0o755);
}
after(() => rmSync(directory, { recursive: true }));
const config = {
  runtimes: {
    hangs: { path: join(directory, 'hangs') },
    fails: { path: join(directory, 'fails') },
    missing: { path: '/no/such/runtime' },
    'with-args': { path: 'runc', runtimeArgs: ['--debug'] },
  },
};

async function runsAll(cli: Cli, runtime: string): Promise<void> {
  const name = `all-${cli.name}-${runtime}`;
  const run = ['run', '--rm', '--runtime', runtime];
  const result = await cli.run([...run, 'busybox', 'sh', '-c', 'echo out; echo err >&2; ip -4 addr show eth0; exit 3']);
  assert.equal(result.code, 3);
  assert.match(result.stdout, /^out\n[\s\S]*inet 172\./);
  assert.equal(result.stderr, 'err\n');
  assert.equal((await cli.run([...run, '-i', 'busybox', 'cat'], { input: 'in\n' })).stdout, 'in\n');
  // crun in the foreground may end before it has copied what the terminal's last user wrote.
  assert.match((await cli.run([...run, '-t', 'busybox', 'sh', '-c', 'tty; sleep 0.2'])).stdout, /^\/dev\/pts\/0\r\n$/);
  const missing = await cli.run(['run', '--name', name, '--runtime', runtime, 'busybox', 'no-such-command']);
  assert.match(
    missing.stderr,
    /OCI runtime create failed: .*executable file .no-such-command.* not found|executable file not found in \$PATH/,
  );
  assert.equal((await cli.run(['logs', name])).stdout, '');
  await cli.ok(['rm', name]);
}

async function verbs(cli: Cli, engine: TestEngine, runtime: string): Promise<void> {
  const name = `verbs-${cli.name}-${runtime}`;
  await cli.ok(['run', '-d', '--name', name, '-m', '64m', '--runtime', runtime, 'busybox', 'sh', '-c', LOOP]);
  assert.equal((await cli.run(['exec', name, 'sh', '-c', 'exit 4'])).code, 4);
  assert.equal((await cli.run(['exec', name, 'no-such-command'])).code, 127);
  assert.equal(
    await cli.ok(['exec', '-u', '5', '-w', '/tmp', '-e', 'A=b', name, 'sh', '-c', 'echo $(id -u) $PWD $A']),
    '5 /tmp b',
  );
  assert.match(await cli.ok(['top', name]), /trap/);
  assert.match(await cli.ok(['stats', '--no-stream', '--format', '{{.MemUsage}}', name]), /\/ 64MiB$/);
  await cli.ok(['pause', name]);
  assert.equal((await stateOf(engine, name)).Status, 'paused');
  await cli.ok(['unpause', name]);
  await cli.ok(['update', '-m', '80m', '--memory-swap', '160m', name]);
  const limit = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max';
  assert.equal(await cli.ok(['exec', name, 'sh', '-c', limit]), String(80 * 1024 * 1024));
  await cli.ok(['stop', name]);
  const state = await stateOf(engine, name);
  assert.deepEqual([state.Status, state.ExitCode, state.OOMKilled], ['exited', 5, false]);
  assert.match(await cli.ok(['logs', '--tail', '1', name]), /bye/);
  await cli.ok(['start', name]);
  await cli.ok(['kill', name]);
  assert.equal((await stateOf(engine, name)).ExitCode, 137);
  await cli.ok(['rm', name]);
}

suite('other OCI runtimes', { engine: { config } }, ({ both, once, ours }) => {
  for (const runtime of RUNTIMES) {
    both(`${runtime}: streams, terminal, network, exit codes`, async ({ cli, t }) => {
      if (hasPrograms(t, runtime)) await runsAll(cli, runtime);
    });

    both(`${runtime}: exec, top, stats, pause, update, stop, kill, logs`, async ({ cli, engine, t }) => {
      if (hasPrograms(t, runtime)) await verbs(cli, engine, runtime);
    });

    once(`${runtime}: the OOM killer is named`, async ({ cli, engine, t }) => {
      if (!hasPrograms(t, runtime)) return;
      const name = `oom-${runtime}`;
      const run = ['run', '--name', name, '-m', '16m', '--memory-swap', '16m', '--runtime', runtime];
      assert.equal((await cli.run([...run, 'busybox', 'tail', '/dev/zero'])).code, 137);
      assert.equal((await stateOf(engine, name)).OOMKilled, true);
      await cli.ok(['rm', name]);
    });

    ours(`${runtime}: containers outlive the engine`, async ({ cli, engine, t }) => {
      if (!hasPrograms(t, runtime)) return;
      const [stays, ends] = [`stays-${runtime}`, `ends-${runtime}`];
      await cli.ok(['run', '-d', '--name', stays, '--runtime', runtime, 'busybox', 'sh', '-c', LOOP]);
      await cli.ok(['run', '-d', '--name', ends, '--runtime', runtime, 'busybox', 'sh', '-c', 'sleep 0.2; exit 6']);
      const { Pid } = await stateOf(engine, stays);
      await engine.kill9();
      assert.equal(existsSync(`/proc/${Pid}`), true);
      await engine.start();
      await eventually(async () => (await stateOf(engine, ends)).Status === 'exited');
      const { ExitCode, OOMKilled } = await stateOf(engine, ends);
      assert.deepEqual([ExitCode, OOMKilled], [6, false]);
      assert.equal((await stateOf(engine, stays)).Pid, Pid);
      const lines = (await cli.ok(['logs', stays])).split('\n').length;
      await eventually(async () => (await cli.ok(['logs', stays])).split('\n').length > lines);
      assert.equal(await cli.ok(['exec', stays, 'echo', 'again']), 'again');
      await cli.ok(['stop', stays]);
      assert.equal((await stateOf(engine, stays)).ExitCode, 5);
      await cli.ok(['rm', stays, ends]);
    });
  }

  ours('info names the runtimes and the default', async ({ cli, engine, t }) => {
    if (!hasPrograms(t, ...RUNTIMES)) return;
    const info = (await engine.api('GET', '/info')).json as { Runtimes: object; DefaultRuntime: string };
    assert.deepEqual(Object.keys(info.Runtimes).sort(), [
      'crun',
      'fails',
      'hangs',
      'missing',
      'runc',
      'wharf',
      'with-args',
    ]);
    assert.equal(info.DefaultRuntime, 'wharf');
    assert.equal(await cli.ok(['run', '--rm', '--runtime', 'with-args', 'busybox', 'echo', 'x']), 'x');
  });

  both('a runtime that nobody knows', async ({ cli }) => {
    const { code, stderr } = await cli.run(['create', '--runtime', 'no-such', 'busybox']);
    assert.equal(code, 1);
    assert.match(stderr, /unknown or invalid runtime name: no-such|Unknown runtime specified no-such/);
  });
});

suite('OCI runtimes that misbehave', { engine: { config: { ...config, 'runtime-timeout': '2' } } }, ({ ours }) => {
  ours('runtimes that hang, fail or are missing: a clear error, and nothing stays', async ({ cli, engine }) => {
    const outcome = async (runtime: string) =>
      (await cli.run(['run', '--rm', '--runtime', runtime, 'busybox', 'true'])).stderr;
    assert.match(
      await outcome('hangs'),
      /OCI runtime create failed: hangs did not answer within 2 seconds and was ended: unknown/,
    );
    assert.match(
      await outcome('fails'),
      /OCI runtime create failed: fails ended without having started anything: unknown/,
    );
    assert.match(
      await outcome('missing'),
      /OCI runtime create failed: .*\/no\/such\/runtime.*no such file or directory/,
    );
    await eventually(() => traces(engine).length === 0);
    const all = async () => (await engine.api('GET', '/containers/json?all=1')).json as unknown[];
    await eventually(async () => (await all()).length === 0);
  });
});
