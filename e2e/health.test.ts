import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, TestRegistry } from '@wharf/testkit';
import { becomes, stateOf } from './support/health.ts';
import { serveImage } from './support/make-image.ts';
import { busyboxLayer } from './support/program-image.ts';
import { suite } from './support/suite.ts';

const SLEEP = ['busybox', 'sleep', '600'];

suite('health checks', {}, ({ both, once, ours }) => {
  both('states, log, ps and its filter, events', async ({ cli, engine }) => {
    const name = `states-${cli.name}`;
    const since = String(Date.now() / 1000);
    const check = ['--health-cmd', 'echo seen; test -f /ok', '--health-interval', '100ms', '--health-retries', '2'];
    const events = cli.start(['events', '--filter', `container=${name}`, '--format', '{{.Action}}', '--since', since]);
    const fresh = await cli.ok(['run', '-d', '--health-cmd', 'true', '--health-interval', '1h', ...SLEEP]);
    assert.equal((await stateOf(engine, fresh)).Health?.Status, 'starting');
    assert.match(
      await cli.ok(['ps', '--filter', 'health=starting', '--filter', `id=${fresh}`, '--format', '{{.Status}}']),
      /\(health: starting\)/,
    );
    await cli.ok(['rm', '-f', fresh]);
    const id = await cli.ok(['run', '-d', '--name', name, ...check, ...SLEEP]);
    const bad = await becomes(engine, name, 'unhealthy');
    assert.ok(bad.FailingStreak >= 2);
    assert.deepEqual([bad.Log[0]?.ExitCode, bad.Log[0]?.Output], [1, 'seen\n']);
    assert.match(
      await cli.ok(['ps', '--format', '{{.Names}} {{.Status}}']),
      new RegExp(`${name} Up .* \\(unhealthy\\)`),
    );
    assert.equal(
      await cli.ok(['ps', '-q', '--no-trunc', '--filter', 'health=unhealthy', '--filter', `name=${name}`]),
      id,
    );
    await cli.ok(['exec', name, 'touch', '/ok']);
    const good = await becomes(engine, name, 'healthy');
    assert.equal(good.FailingStreak, 0);
    await eventually(async () => (await stateOf(engine, name)).Health?.Log.length === 5);
    assert.equal(await cli.ok(['inspect', '-f', '{{.State.Health.Status}}', name]), 'healthy');
    await events.waitForOutput('health_status: healthy');
    events.kill('SIGKILL');
    const { stdout } = await events.exited;
    const command = '/bin/sh -c echo seen; test -f /ok';
    const first = stdout.split('\n').filter((action) => action.includes('exec_') || action.includes('health_'));
    assert.deepEqual(first.slice(0, 7), [
      ...[`exec_create: ${command}`, `exec_start: ${command}`, 'exec_die'],
      ...[`exec_create: ${command}`, `exec_start: ${command}`, 'exec_die'],
      'health_status: unhealthy',
    ]);
    await cli.ok(['stop', '-t', '0', name]);
    assert.equal((await stateOf(engine, name)).Health?.Status, 'unhealthy');
    await cli.ok(['start', name]);
    const anew = (await stateOf(engine, name)).Health;
    assert.match(`${anew?.Status} ${anew?.FailingStreak}`, /^(starting|healthy) 0$/);
    await cli.ok(['rm', '-f', name]);
  });

  both(
    'a check that takes too long is killed; much output is cut; a program that is not there',
    async ({ cli, engine }) => {
      const often = ['--health-interval', '100ms', '--health-retries', '1'];
      const slow = await cli.ok([
        'run',
        '-d',
        '--health-cmd',
        'echo part; sleep 77',
        '--health-timeout',
        '300ms',
        ...often,
        ...SLEEP,
      ]);
      const loud = await cli.ok([
        'run',
        '-d',
        '--health-cmd',
        'head -c 9000 /dev/zero | tr "\\0" x',
        ...often,
        ...SLEEP,
      ]);
      const none = await engine.api('POST', '/containers/create', {
        ...{ Image: 'busybox', Cmd: ['sleep', '600'] },
        Healthcheck: { Test: ['CMD', 'no-such-program'], Interval: 100e6, Retries: 1 },
      });
      const missing = (none.json as { Id: string }).Id;
      await cli.ok(['start', missing]);
      const { Log } = await becomes(engine, slow, 'unhealthy');
      assert.equal(Log[0]?.ExitCode, -1);
      // Whether what it printed before is said depends on the version.
      assert.match(Log[0]?.Output ?? '', /^Health check exceeded timeout \(300ms\)(: part\n)?$/);
      assert.equal((await becomes(engine, loud, 'healthy')).Log[0]?.Output, `${'x'.repeat(4096)}...`);
      const [absent] = (await becomes(engine, missing, 'unhealthy')).Log;
      assert.equal(absent?.ExitCode, -1);
      assert.match(absent?.Output ?? '', /exec failed: .*no-such-program.*executable file not found in \$PATH/);
      await cli.ok(['rm', '-f', slow, loud, missing]);
    },
  );

  ours('what a check started is killed with it', async ({ cli, engine }) => {
    const cmd = 'sh -c "sleep 78 & sleep 78 & setsid sleep 78 & wait"';
    const args = [
      '--health-cmd',
      cmd,
      '--health-timeout',
      '200ms',
      '--health-interval',
      '5m',
      '--health-start-period',
      '1m',
    ];
    const id = await cli.ok([
      'run',
      '-d',
      ...args,
      '--health-start-interval',
      '50ms',
      '--health-retries',
      '1',
      ...SLEEP,
    ]);
    const count = async () =>
      (await cli.ok(['top', id, '-o', 'pid,args'])).split('\n').filter((line) => line.includes('sleep 78')).length;
    await eventually(async () => (await count()) >= 3);
    await eventually(async () => ((await stateOf(engine, id)).Health?.Log.length ?? 0) > 0);
    const { Pid } = await stateOf(engine, id);
    // The next check is under way soon; between two there is nothing of them.
    await eventually(async () => (await count()) === 0 || undefined, { every: 5 });
    assert.ok(readFileSync(`/proc/${Pid}/cmdline`, 'utf8').startsWith('sleep'));
    await cli.ok(['rm', '-f', id]);
  });

  both('nothing is checked while a container is paused', async ({ cli, engine }) => {
    const id = await cli.ok(['run', '-d', '--health-cmd', 'echo x >> /count', '--health-interval', '50ms', ...SLEEP]);
    await becomes(engine, id, 'healthy');
    await cli.ok(['pause', id]);
    assert.equal((await stateOf(engine, id)).Health?.Status, 'unhealthy');
    assert.match(await cli.ok(['ps', '--format', '{{.Status}}', '--filter', `id=${id}`]), /\(Paused\)$/);
    const last = () => stateOf(engine, id).then(({ Health }) => Health?.Log.at(-1)?.Start);
    const before = await last();
    await delay(300);
    assert.equal(await last(), before);
    await cli.ok(['unpause', id]);
    await becomes(engine, id, 'healthy');
    await cli.ok(['rm', '-f', id]);
  });

  both('the check of an image, what a container changes of it, and none at all', async ({ cli, engine }) => {
    const registry = await TestRegistry.start();
    const Healthcheck = { Test: ['CMD', 'test', '-f', '/ok'], Interval: 60e9, Retries: 1 };
    const config = { Cmd: ['sleep', '600'], Healthcheck };
    const image = serveImage(registry, `checked-${cli.name}`, 'latest', { layers: [await busyboxLayer()], config });
    await cli.ok(['pull', '-q', image]);
    await registry.close();
    const fast = await cli.ok(['run', '-d', '--health-interval', '50ms', image]);
    const mine = await cli.ok(['run', '-d', '--health-cmd', 'true', '--health-interval', '60ms', image]);
    const none = await cli.ok(['run', '-d', '--no-healthcheck', image]);
    await becomes(engine, fast, 'unhealthy');
    await becomes(engine, mine, 'healthy');
    const kept = (id: string) =>
      cli.ok(['inspect', '-f', '{{json .Config.Healthcheck}}', id]).then((text) => JSON.parse(text) as unknown);
    assert.deepEqual(await kept(fast), { ...Healthcheck, Interval: 50e6 });
    assert.deepEqual(await kept(mine), { Test: ['CMD-SHELL', 'true'], Interval: 60e6, Retries: 1 });
    assert.deepEqual(((await kept(none)) as { Test: string[] }).Test, ['NONE']);
    assert.equal((await stateOf(engine, none)).Health, undefined);
    assert.ok((await cli.ok(['ps', '-q', '--no-trunc', '--filter', 'health=none'])).split('\n').includes(none));
    await cli.ok(['rm', '-f', fast, mine, none]);
    await cli.ok(['rmi', image]);
  });

  ours('while it starts, failures do not count and checks come faster', async ({ cli, engine }) => {
    const args = ['--health-cmd', 'test -f /ok', '--health-interval', '10m', '--health-retries', '1'];
    const id = await cli.ok([
      'run',
      '-d',
      ...args,
      '--health-start-period',
      '5m',
      '--health-start-interval',
      '50ms',
      ...SLEEP,
    ]);
    await eventually(async () => (await stateOf(engine, id)).Health?.Log.length === 5);
    const { Health } = await stateOf(engine, id);
    assert.deepEqual([Health?.Status, Health?.FailingStreak], ['starting', 0]);
    await cli.ok(['exec', id, 'touch', '/ok']);
    await becomes(engine, id, 'healthy');
    await cli.ok(['rm', '-f', id]);
  });

  once('numbers that make no sense', async ({ engine }) => {
    const refused = async (Healthcheck: object, message: RegExp) => {
      const answer = await engine.api('POST', '/containers/create', { Image: 'busybox', Healthcheck });
      assert.equal(answer.status, 400);
      assert.match(answer.text, message);
    };
    await refused({ Test: ['CMD', 'x'], Interval: 5 }, /Interval in Healthcheck cannot be less than 1ms/);
    await refused({ Test: ['CMD', 'x'], Timeout: -1 }, /Timeout in Healthcheck cannot be less than 1ms/);
    await refused({ Test: ['CMD', 'x'], Retries: -1 }, /Retries in Healthcheck cannot be negative/);
  });
});
