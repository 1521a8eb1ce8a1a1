import assert from 'node:assert/strict';
import { eventually } from '@wharf/testkit';
import { suite } from './support/suite.ts';

suite('run', { images: ['busybox', 'hello-world'] }, ({ both }) => {
  both('hello-world greets', async ({ cli }) => {
    const greeting = await cli.ok(['run', '--rm', 'hello-world']);
    assert.match(greeting, /^Hello from Wharf!\n/);
    assert.match(greeting, /wharf run -it debian bash/);
  });

  both('arguments override the default command', async ({ cli }) => {
    assert.equal(await cli.ok(['run', '--rm', 'busybox', 'echo', 'hi', 'there']), 'hi there');
  });

  both('arguments arrive exactly, empty ones and spaces too', async ({ cli }) => {
    const script = 'for a; do printf "[%s]" "$a"; done';
    assert.equal(
      await cli.ok(['run', '--rm', 'busybox', 'sh', '-c', script, 'sh', 'a b', '', '*', '-n', '$x']),
      '[a b][][*][-n][$x]',
    );
  });

  for (const [what, args, code, message] of [
    ['the own exit code', ['busybox', 'sh', '-c', 'exit 42'], 42, /^$/],
    ['no such command', ['busybox', 'no-such-command'], 127, /no-such-command.*(not found|no such file)/s],
    ['not executable', ['busybox', '/etc/passwd'], 126, /passwd.*permission denied/is],
    ['a directory as command', ['busybox', '/etc'], 126, /etc.*(is a directory|permission denied)/is],
    ['no such absolute path', ['busybox', '/no/such'], 127, /no such file or directory/i],
    ['no such image', ['127.0.0.1:1/nothing'], 125, /nothing/],
    ['an invalid name', ['Busy_Box'], 125, /invalid reference format/],
    ['an unknown flag', ['--no-such-flag', 'busybox'], 125, /unknown flag: --no-such-flag/],
    ['no image at all', [], 1, /requires at least 1 argument/],
    ['an unknown user', ['--user', 'nobody-there', 'busybox', 'true'], 125, /unable to find user nobody-there/],
  ] as const) {
    both(`exit code ${code}: ${what}`, async ({ cli }) => {
      const result = await cli.run(['run', '--rm', ...args]);
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, message);
      assert.equal(result.stdout, '');
    });
  }

  both('a process that a signal ended exits with 128 + its number', async ({ cli }) => {
    const result = await cli.run([
      'run',
      '--rm',
      '--init=false',
      'busybox',
      'sh',
      '-c',
      'sh -c "kill -9 \\$\\$"; exit $?',
    ]);
    assert.equal(result.code, 137);
  });

  both('a failed start leaves a created container that says why', async ({ cli, engine }) => {
    const name = `failed-${cli.name}`;
    assert.equal((await cli.run(['run', '--name', name, 'busybox', 'no-such-command'])).code, 127);
    const { json } = await engine.api('GET', `/containers/${name}/json`);
    const { State } = json as { State: { Status: string; ExitCode: number; Error: string } };
    assert.equal(State.Status, 'created');
    assert.equal(State.ExitCode, 127);
    assert.match(State.Error, /no-such-command/);
    await cli.ok(['rm', name]);
  });

  both('--env, --env-file-less names and the default environment', async ({ cli }) => {
    const lines = (
      await cli.ok(['run', '--rm', '-e', 'A=1', '-e', 'FROM_CLIENT', '-e', 'EMPTY=', '-h', 'box', 'busybox', 'env'], {
        env: { FROM_CLIENT: 'yes' },
      })
    ).split('\n');
    for (const line of ['A=1', 'FROM_CLIENT=yes', 'EMPTY=', 'HOSTNAME=box', 'HOME=/root']) {
      assert.ok(lines.includes(line), `${line} in ${lines.join(' ')}`);
    }
    assert.ok(lines.includes('PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'));
    assert.ok(!lines.some((line) => line.startsWith('TERM=')));
  });

  both('--workdir is made when it is missing', async ({ cli }) => {
    assert.equal(await cli.ok(['run', '--rm', '-w', '/deep/er', 'busybox', 'pwd']), '/deep/er');
  });

  for (const [user, expected] of [
    ['1234:4321', 'uid=1234 gid=4321'],
    ['1234', 'uid=1234 gid=0(root)'],
    ['www-data', 'uid=33(www-data) gid=33(www-data)'],
    ['nobody:mail', 'uid=65534(nobody) gid=8(mail)'],
  ] as const) {
    both(`--user ${user}`, async ({ cli }) => {
      const id = await cli.ok(['run', '--rm', '-u', user, 'busybox', 'id']);
      assert.ok(id.startsWith(expected), `${id} starts with ${expected}`);
    });
  }

  both('--entrypoint and a command together', async ({ cli }) => {
    assert.equal(await cli.ok(['run', '--rm', '--entrypoint', 'echo', 'busybox', 'x', 'y']), 'x y');
  });

  both('-i passes standard input and its end', async ({ cli }) => {
    const input = 'line\n'.repeat(50_000);
    assert.equal(await cli.ok(['run', '--rm', '-i', 'busybox', 'wc', '-c'], { input }), String(input.length));
  });

  both('without -i standard input is empty', async ({ cli }) => {
    assert.equal(await cli.ok(['run', '--rm', 'busybox', 'wc', '-c'], { input: 'ignored' }), '0');
  });

  both('standard output and standard error stay apart, in full', async ({ cli }) => {
    const script = 'head -c 3000000 /dev/zero | tr "\\0" o; head -c 100000 /dev/zero | tr "\\0" e >&2';
    const result = await cli.run(['run', '--rm', 'busybox', 'sh', '-c', script]);
    assert.equal(result.stdout.length, 3_000_000);
    assert.match(result.stderr, /^e{100000}$/);
  });

  both('-d prints the id and returns at once', async ({ cli }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
    assert.match(id, /^[0-9a-f]{64}$/);
    assert.equal(await cli.ok(['ps', '-q', '--no-trunc', '--filter', `id=${id}`]), id);
    await cli.ok(['rm', '-f', id]);
  });

  both('--rm removes the container, also when it fails', async ({ cli, engine }) => {
    await cli.run(['run', '--rm', '--name', `gone-${cli.name}`, 'busybox', 'false']);
    await eventually(async () => (await engine.api('GET', `/containers/gone-${cli.name}/json`)).status === 404);
  });

  both('--cidfile gets the id, and an existing one is refused', async ({ cli, engine }) => {
    const file = `${engine.places.directory}/${cli.name}.cid`;
    assert.match(await cli.ok(['run', '--rm', '--cidfile', file, 'busybox', 'hostname']), /^[0-9a-f]{12}$/);
    const again = await cli.run(['run', '--rm', '--cidfile', file, 'busybox', 'true']);
    assert.equal(again.code, 125);
    assert.match(again.stderr, /ID file found/i);
  });

  both('a name that is taken is refused and names its owner', async ({ cli }) => {
    const name = `twice-${cli.name}`;
    const id = await cli.ok(['create', '--name', name, 'busybox']);
    const result = await cli.run(['run', '--name', name, 'busybox', 'true']);
    assert.equal(result.code, 125);
    assert.match(
      result.stderr,
      new RegExp(`Conflict. The container name "/${name}" is already in use by container "?${id}`),
    );
    await cli.ok(['rm', name]);
  });

  both('a signal to the client reaches the process', async ({ cli }) => {
    const script = 'trap "echo got it; exit 7" USR1; echo ready; while :; do sleep 0.1; done';
    const running = cli.start(['run', '--rm', 'busybox', 'sh', '-c', script]);
    await running.waitForOutput('ready');
    running.kill('SIGUSR1');
    const result = await running.exited;
    assert.equal(result.stdout, 'ready\ngot it\n');
    assert.equal(result.code, 7);
  });
});
