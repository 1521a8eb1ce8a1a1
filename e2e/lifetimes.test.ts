import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@wharf/testkit';
import { becomes, stateOf } from './support/health.ts';
import { suite } from './support/suite.ts';

const SLEEP = ['busybox', 'sleep', '600'];

suite('what ends containers by rule', {}, ({ ours }) => {
  ours('--health-on-failure', async ({ cli, engine }) => {
    const check = ['--health-cmd', 'test ! -f /bad', '--health-interval', '50ms', '--health-retries', '1'];
    const make = (action: string, ...more: string[]) =>
      cli.ok([
        'run',
        '-d',
        ...check,
        '--health-on-failure',
        action,
        ...more,
        'busybox',
        'sh',
        '-c',
        'trap "exit 9" TERM; sleep 1; touch /bad; while :; do sleep 0.05; done',
      ]);
    const [none, kill, stop, restart, again] = await Promise.all([
      make('none'),
      make('kill'),
      make('stop', '--restart', 'always'),
      make('restart'),
      make('kill', '--restart', 'always'),
    ]);
    const ends = (id: string) => eventually(async () => (await stateOf(engine, id)).Status === 'exited');
    await ends(kill);
    assert.equal((await stateOf(engine, kill)).ExitCode, 137);
    await ends(stop);
    assert.equal((await stateOf(engine, stop)).ExitCode, 9);
    const startedAnew = (id: string) =>
      eventually(async () => {
        const { json } = await engine.api('GET', `/containers/${id}/json`);
        const { State, Created } = json as { State: { Running: boolean; StartedAt: string }; Created: string };
        return State.Running && Date.parse(State.StartedAt) - Date.parse(Created) > 900;
      });
    await startedAnew(restart);
    await startedAnew(again);
    assert.equal((await becomes(engine, none, 'unhealthy')).Status, 'unhealthy');
    assert.equal((await stateOf(engine, none)).Running, true);
    const without = await cli.run(['create', '--health-on-failure', 'kill', 'busybox']);
    assert.match(without.stderr, /health-on-failure=kill needs a health check/);
    assert.equal(await cli.ok(['inspect', '-f', '{{json .Wharf}}', kill]), '{"HealthOnFailure":"kill"}');
    await cli.ok(['rm', '-f', none, kill, stop, restart, again]);
  });

  ours('--timeout ends a container with its stop signal, then by force', async ({ cli, engine }) => {
    const polite = await cli.run([
      'run',
      '--timeout',
      '500ms',
      'busybox',
      'sh',
      '-c',
      'trap "echo over; exit 3" TERM; while :; do sleep 0.05; done',
    ]);
    assert.deepEqual([polite.code, polite.stdout], [3, 'over\n']);
    const args = ['--timeout', '1', '--stop-timeout', '1'];
    const stubborn = await cli.run([
      'run',
      ...args,
      '--name',
      'stubborn',
      'busybox',
      'sh',
      '-c',
      'trap "" TERM; while :; do sleep 0.05; done',
    ]);
    assert.equal(stubborn.code, 137);
    assert.equal((await stateOf(engine, 'stubborn')).Status, 'exited');
    const wrong = await engine.api('POST', '/containers/create', { Image: 'busybox', Wharf: { Timeout: '5s' } });
    assert.equal(wrong.status, 400);
    assert.match(
      wrong.text,
      /cannot unmarshal string into Go struct field CreateRequest\.Wharf\.Timeout of type int64/,
    );
    await cli.ok(['rm', 'stubborn']);
  });

  ours(
    'a lifetime goes on, and is made up for, over a restart of the engine; health states are kept',
    async ({ cli, engine }) => {
      const during = await cli.ok([
        'run',
        '-d',
        '--timeout',
        '600ms',
        'busybox',
        'sh',
        '-c',
        'trap "exit 4" TERM; while :; do sleep 0.05; done',
      ]);
      const later = await cli.ok([
        'run',
        '-d',
        '--timeout',
        '3s',
        'busybox',
        'sh',
        '-c',
        'trap "exit 5" TERM; while :; do sleep 0.05; done',
      ]);
      const check = ['--health-interval', '100ms', '--health-retries', '2'];
      const good = await cli.ok(['run', '-d', '--health-cmd', 'true', ...check, ...SLEEP]);
      const bad = await cli.ok(['run', '-d', '--health-cmd', 'false', ...check, ...SLEEP]);
      const hung = await cli.ok(['run', '-d', '--health-cmd', 'sleep 79', ...check, ...SLEEP]);
      await becomes(engine, good, 'healthy');
      const before = await becomes(engine, bad, 'unhealthy');
      await engine.kill9();
      await delay(700);
      await engine.start();
      assert.equal((await stateOf(engine, good)).Health?.Status, 'healthy');
      const after = (await stateOf(engine, bad)).Health;
      assert.equal(after?.Status, 'unhealthy');
      assert.ok((after?.FailingStreak ?? 0) >= before.FailingStreak);
      await eventually(
        async () => ((await stateOf(engine, bad)).Health?.FailingStreak ?? 0) > before.FailingStreak + 1,
      );
      const ends = (id: string) => eventually(async () => (await stateOf(engine, id)).Status === 'exited');
      await ends(during);
      assert.equal((await stateOf(engine, during)).ExitCode, 4);
      await ends(later);
      assert.equal((await stateOf(engine, later)).ExitCode, 5);
      const { Processes } = (await engine.api('GET', `/containers/${hung}/top`)).json as { Processes: string[][] };
      assert.ok(
        Processes.filter((row) => row.join(' ').includes('sleep 79')).length <= 1,
        'a check of the engine before was ended',
      );
      await cli.ok(['rm', '-f', during, later, good, bad, hung]);
    },
  );
});
