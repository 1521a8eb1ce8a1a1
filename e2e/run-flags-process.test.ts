import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@wharf/testkit';
import { field, inside, refused } from './support/flags.ts';
import { suite } from './support/suite.ts';

suite('run flags: process', {}, ({ both, ours }) => {
  both('--entrypoint --env --env-file --user --group-add --workdir', async ({ cli, engine }) => {
    const file = join(engine.places.directory, 'env');
    writeFileSync(file, '# comment\nFROM_FILE=1\nBOTH=file\nBARE\n');
    const said = await cli.ok(
      [
        ...['run', '--rm', '--network', 'none', '--entrypoint', 'sh', '--env', 'OWN=2', '-e', 'BOTH=flag'],
        ...['--env-file', file, '--user', '1234:2345', '--group-add', 'mail', '--group-add', '777'],
        ...['--workdir', '/deep/place', 'busybox', '-c', 'echo $OWN $FROM_FILE $BOTH $BARE; id -u; id -g; id -G; pwd'],
      ],
      { env: { BARE: 'client' } },
    );
    assert.equal(said, '2 1 flag client\n1234\n2345\n2345 8 777\n/deep/place');
  });

  both('--init: process 1 reaps orphans and passes signals on', async ({ cli }) => {
    const script = '(sleep 0.2 & exec true); sleep 0.5; ps -o stat,comm | grep -c "^Z"; cat /proc/1/comm';
    const [zombies, first] = (await inside(cli, ['--init'], script)).split('\n');
    assert.equal(zombies, '0');
    assert.notEqual(first, 'sh');
  });

  both('--interactive --tty: input, and a terminal with its size', async ({ cli }) => {
    const run = ['run', '--rm', '--network', 'none', '-i', 'busybox', 'cat'];
    assert.equal(await cli.ok(run, { input: 'through' }), 'through');
    const args = [
      'run',
      '--rm',
      '--network',
      'none',
      '--interactive',
      '--tty',
      'busybox',
      'sh',
      '-c',
      'tty; until [ "$(stty size)" = "33 99" ]; do sleep 0.05; done; stty size',
    ];
    const { stdout } = await cli.startOnTerminal(args, { rows: 33, columns: 99 }).exited;
    assert.match(stdout, /\/dev\/pts\/0\r\n33 99/);
  });

  both('--attach: only the streams that are named', async ({ cli }) => {
    const script = 'echo out; echo err >&2';
    const run = (stream: string) => cli.run(['run', '--rm', '--attach', stream, 'busybox', 'sh', '-c', script]);
    const [out, err] = [await run('stdout'), await run('stderr')];
    assert.deepEqual([out.stdout, out.stderr, err.stdout, err.stderr], ['out\n', '', '', 'err\n']);
  });

  both('--detach --rm --stop-signal --stop-timeout', async ({ cli, engine }) => {
    const script = 'trap "echo got USR1; exit 3" USR1; trap "" TERM; echo up; while :; do sleep 0.05; done';
    const options = ['--detach', '--stop-signal', 'SIGUSR1', '--network', 'none'];
    const polite = await cli.ok(['run', ...options, 'busybox', 'sh', '-c', script]);
    await eventually(async () => (await cli.ok(['logs', polite])) === 'up');
    await cli.ok(['stop', polite]);
    assert.equal(await field(cli, polite, '.State.ExitCode'), '3');
    await cli.ok(['rm', polite]);
    // Its signal is ignored: with no patience it is killed at once.
    const deaf = ['run', '-d', '--rm', '--stop-timeout', '0', '--network', 'none', 'busybox'];
    const id = await cli.ok([...deaf, 'sh', '-c', 'trap "" TERM; while :; do sleep 1; done']);
    assert.equal(await field(cli, id, '.Config.StopTimeout'), '0');
    await cli.ok(['stop', id]);
    await eventually(async () => (await engine.api('GET', `/containers/${id}/json`)).status === 404);
  });

  both('--detach-keys leave the container running', async ({ cli }) => {
    const name = `keys-${cli.name}`;
    const args = ['run', '-it', '--name', name, '--network', 'none', '--detach-keys', 'ctrl-x,x', 'busybox', 'sh'];
    const running = cli.startOnTerminal(args);
    await running.waitForOutput('# ');
    running.write('\x18x');
    await running.exited;
    assert.equal(await field(cli, name, '.State.Running'), 'true');
    await cli.ok(['rm', '-f', name]);
  });

  both('--sig-proxy: a signal to the client reaches the process, or does not', async ({ cli }) => {
    const script =
      'trap "echo got it; exit 7" USR1; echo ready; i=0; while [ $i -lt 20 ]; do i=$((i+1)); sleep 0.1; done';
    const run = (proxy: string) =>
      cli.start(['run', '--rm', proxy, '--network', 'none', 'busybox', 'sh', '-c', script]);
    const passing = run('--sig-proxy=true');
    await passing.waitForOutput('ready');
    passing.kill('SIGUSR1');
    assert.deepEqual([(await passing.exited).code, (await passing.exited).stdout], [7, 'ready\ngot it\n']);
    const keeping = run('--sig-proxy=false');
    await keeping.waitForOutput('ready');
    keeping.kill('SIGUSR1');
    assert.doesNotMatch((await keeping.exited).stdout, /got it/);
    await cli.run(['rm', '-f', ...(await cli.ok(['ps', '-aq'])).split('\n')]);
  });

  both('--restart brings a container back as often as it says', async ({ cli }) => {
    const run = [
      'run',
      '-d',
      '--restart',
      'on-failure:2',
      '--network',
      'none',
      'busybox',
      'sh',
      '-c',
      'echo ran; exit 5',
    ];
    const id = await cli.ok(run);
    await eventually(async () => (await field(cli, id, '.State.Status')) === 'exited', { within: 20_000 });
    assert.equal(await cli.ok(['logs', id]), 'ran\nran\nran');
    assert.equal(await field(cli, id, '.RestartCount'), '2');
    await cli.ok(['rm', id]);
    await refused(cli, ['--restart', 'always'], /conflicting options/i);
    await refused(cli, ['--restart', 'sometimes'], /conflicting options|restart policy/i);
  });

  ours('--use-api-socket: the API is reachable inside', async ({ cli }) => {
    const script = 'ls -l /var/run/docker.sock | cut -c1';
    assert.equal(await inside(cli, ['--use-api-socket'], script), 's');
  });

  both('--disable-content-trust is taken and means nothing', async ({ cli }) => {
    assert.equal(await inside(cli, ['--disable-content-trust'], 'echo ran'), 'ran');
  });
});
