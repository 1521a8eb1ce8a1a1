import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cli, eventually } from '@wharf/testkit';
import { becomes, stateOf } from './support/health.ts';
import { suite } from './support/suite.ts';

const cause = (cli: Cli, id: string) => cli.ok(['why', '-f', '{{.Cause}}', id]);

suite('why', {}, ({ ours }) => {
  ours('what never ran, could not start, was done, failed', async ({ cli, engine }) => {
    const created = await cli.ok(['create', '--name', 'fresh', 'busybox']);
    assert.equal(
      await cli.ok(['why', created]),
      'fresh: it was created and never started.\n\nWhat to do:\n  - Start it: wharf start fresh',
    );
    await cli.run(['run', '--name', 'nothing', 'busybox', 'no-such-program']);
    assert.match(
      await cli.ok(['why', 'nothing']),
      /^nothing: it could not start: there is no program "no-such-program" in the PATH/,
    );
    await cli.run(['run', '--name', 'done', 'busybox', 'echo', 'finished']);
    assert.equal(await cause(cli, 'done'), 'completed');
    await cli.run([
      'run',
      '--name',
      'broken',
      'busybox',
      'sh',
      '-c',
      'for i in 1 2 3; do echo line $i; done; printf "\\033[31mno file\\n" >&2; exit 3',
    ]);
    const text = await cli.ok(['why', '-n', '2', 'broken']);
    assert.match(text, /^broken: its program ended by itself with exit code 3: an error of its own\.\n/);
    assert.match(text, /Last output:\n {2}\| line 3\n {2}\| no file$/);
    assert.doesNotMatch(await cli.ok(['why', '--tail', '0', 'broken']), /Last output/);
    const { status, json } = await engine.api('GET', '/containers/broken/wharf-why');
    assert.equal(status, 200);
    assert.equal(await cli.ok(['container', 'why', '--format', 'json', 'broken']), JSON.stringify(json));
    const missing = await cli.run(['why', 'no-such-container']);
    assert.deepEqual([missing.code, missing.stdout], [1, '']);
    assert.match(missing.stderr, /No such container: no-such-container/);
    await cli.ok(['rm', 'fresh', 'nothing', 'done', 'broken']);
  });

  ours('who sent the signal: a verb, a rule, somebody on the host', async ({ cli, engine }) => {
    const run = (...args: string[]) => cli.ok(['run', '-d', ...args]);
    const polite = ['busybox', 'sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.05; done'];
    const [stopped, deaf, killed, outside, timed, sick, again] = await Promise.all([
      run(...polite),
      run('busybox', 'sleep', '600'),
      run('busybox', 'sleep', '600'),
      run('busybox', 'sleep', '600'),
      run('--timeout', '100ms', ...polite),
      run(
        '--health-cmd',
        'echo no answer; false',
        '--health-interval',
        '50ms',
        '--health-retries',
        '1',
        '--health-on-failure',
        'stop',
        ...polite,
      ),
      run(...polite),
    ]);
    process.kill((await stateOf(engine, outside)).Pid, 'SIGKILL');
    await Promise.all([
      cli.ok(['stop', stopped]),
      cli.ok(['stop', '-t', '0', deaf]),
      cli.ok(['kill', killed]),
      cli.ok(['restart', again]),
      ...[outside, timed, sick].map((id) => eventually(async () => (await stateOf(engine, id)).Status === 'exited')),
    ]);
    assert.deepEqual(
      await Promise.all([stopped, deaf, killed, outside, timed, sick, again].map((id) => cause(cli, id))),
      ['stopped', 'stopped', 'killed', 'killed-from-outside', 'timeout', 'health-check', 'running'],
    );
    assert.match(await cli.ok(['why', deaf]), /had to be killed\.[^]*has no handler for SIGTERM[^]*--init/);
    assert.match(await cli.ok(['why', sick]), /The last health check said: no answer/);
    assert.match(await cli.ok(['why', again]), /Its last end, .*by a client's restart/);
    await cli.ok(['rm', '-f', stopped, deaf, killed, outside, timed, sick, again]);
  });

  ours('memory, crashes, processes that were refused', async ({ cli, engine }) => {
    await cli.run(['run', '--name', 'starved', '-m', '16m', 'busybox', 'tail', '/dev/zero']);
    assert.match(
      await cli.ok(['why', 'starved']),
      /^starved: it was killed by the kernel, because it needed more memory than its limit of 16MiB\./,
    );
    const survivor = await cli.ok(['run', '-d', '-m', '16m', 'busybox', 'sh', '-c', 'tail /dev/zero; sleep 600']);
    await eventually(async () => (await stateOf(engine, survivor)).OOMKilled);
    assert.match(
      await cli.ok(['why', survivor]),
      /it has been running[^]*the kernel has killed 1 process of it for want of memory/,
    );
    await cli.ok(['rm', '-f', survivor]);
    await cli.run(['run', '--name', 'crashed', '--pid', 'host', 'busybox', 'sh', '-c', 'kill -SEGV $$']);
    assert.match(await cli.ok(['why', 'crashed']), /^crashed: its program crashed with SIGSEGV/);
    await cli.run([
      'run',
      '--name',
      'crowded',
      '--pids-limit',
      '5',
      'busybox',
      'sh',
      '-c',
      'for i in 1 2 3 4 5 6 7; do sleep 1 & done; exit 4',
    ]);
    assert.match(await cli.ok(['why', 'crowded']), /The kernel refused it \d+ new process/);
    await cli.ok(['rm', 'starved', 'crashed', 'crowded']);
  });

  ours('what keeps ending, is unhealthy, is paused', async ({ cli, engine }) => {
    const loop = await cli.ok([
      'run',
      '-d',
      '--name',
      'loop',
      '--restart',
      'always',
      'busybox',
      'sh',
      '-c',
      'echo again; exit 2',
    ]);
    await eventually(
      async () =>
        ((await engine.api('GET', `/containers/${loop}/json`)).json as { RestartCount: number }).RestartCount >= 2,
    );
    await eventually(async () =>
      /Its restart policy \(always\) starts it again \d+ .* after each such end/.test(await cli.ok(['why', loop])),
    );
    const ends = await cli.ok(['why', '-f', '{{range .Ends}}{{.ExitCode}} {{.Cause}} {{.Restarted}},{{end}}', loop]);
    assert.match(ends, /^2 failed true,2 failed true,/);
    const sick = await cli.ok([
      'run',
      '-d',
      '--name',
      'sick',
      '--health-cmd',
      'curl -f localhost',
      '--health-interval',
      '50ms',
      '--health-retries',
      '1',
      'busybox',
      'sleep',
      '600',
    ]);
    await becomes(engine, sick, 'unhealthy');
    assert.match(await cli.ok(['why', sick]), /it runs, and is unhealthy[^]*curl: not found[^]*does not have/);
    await cli.ok(['pause', sick]);
    assert.equal(await cause(cli, sick), 'paused');
    await cli.ok(['rm', '-f', loop, sick]);
  });

  ours('an engine that was killed knows it all the same', async ({ cli, engine }) => {
    const stopping = await cli.ok([
      'run',
      '-d',
      'busybox',
      'sh',
      '-c',
      'trap "echo asked; sleep 1; exit 6" TERM; while :; do sleep 0.05; done',
    ]);
    const outside = await cli.ok(['run', '-d', 'busybox', 'sleep', '600']);
    const { Pid } = await stateOf(engine, outside);
    const client = cli.start(['stop', '-t', '20', stopping]);
    const following = cli.start(['logs', '-f', stopping]);
    await following.waitForOutput('asked');
    await engine.kill9();
    await Promise.all([client.exited, following.exited]);
    process.kill(Pid, 'SIGKILL');
    await delay(1200);
    await engine.start();
    assert.equal((await stateOf(engine, stopping)).ExitCode, 6);
    assert.match(
      await cli.ok(['why', stopping]),
      /stopped on purpose, by a client's stop\.[^]*After SIGTERM its program ended with exit code 6\.[^]*while the engine did not run/,
    );
    assert.equal(await cause(cli, outside), 'killed-from-outside');
    await cli.ok(['rm', stopping, outside]);
  });
});
