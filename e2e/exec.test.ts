import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@wharf/testkit';
import { execIds, sleeper } from './support/exec.ts';
import { suite } from './support/suite.ts';

suite('exec: commands', {}, ({ both }) => {
  both('output on both streams, and exit codes', async ({ cli }) => {
    const id = await sleeper(cli);
    const result = await cli.run(['exec', id, 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    assert.deepEqual([result.code, result.stdout, result.stderr], [7, 'out\n', 'err\n']);
    assert.equal((await cli.run(['container', 'exec', id, 'true'])).code, 0);
    assert.equal((await cli.run(['exec', id, 'sh', '-c', 'kill -9 $$'])).code, 137);
    await cli.ok(['rm', '-f', id]);
  });

  both('a command that is not there, cannot run, or has no such directory or user', async ({ cli }) => {
    const id = await sleeper(cli);
    const outcome = async (...args: string[]) => {
      const { code, stdout, stderr } = await cli.run(['exec', ...args]);
      return { code, text: `${stdout}${stderr}` };
    };
    const missing = await outcome(id, 'no-such-command');
    assert.equal(missing.code, 127);
    assert.match(missing.text, /OCI runtime exec failed: .*"no-such-command": executable file not found in \$PATH/);
    assert.equal((await outcome(id, '/no/such')).code, 127);
    assert.equal((await outcome(id, '/etc')).code, 126);
    assert.equal((await outcome('-w', '/no/such', id, 'true')).code, 127);
    const user = await outcome('-u', 'nobody-at-all', id, 'true');
    assert.equal(user.code, 126);
    assert.match(user.text, /unable to find user nobody-at-all: no matching entries in passwd file/);
    assert.equal((await outcome('-d', id, 'no-such-command')).code, 1);
    await cli.ok(['rm', '-f', id]);
  });

  both("environment: the container's, overridden and added to", async ({ cli, engine }) => {
    const file = join(engine.places.directory, `env-${cli.name}`);
    writeFileSync(file, 'FROM_FILE=yes\nC=file\n');
    const id = await sleeper(cli, '-e', 'A=1', '-e', 'B=2');
    const show = 'echo "$A $B $C $FROM_FILE $HOME"; env | grep -c ^PATH=';
    const args = ['exec', '--env-file', file, '-e', 'B=new', '-e', 'C=flag', id, 'sh', '-c', show];
    assert.equal(await cli.ok(args), '1 new flag yes /root\n1');
    await cli.ok(['rm', '-f', id]);
  });

  both('user, groups and working directory', async ({ cli }) => {
    const id = await sleeper(cli, '-u', 'daemon', '-w', '/tmp');
    const ids = 'echo $(id -u) $(id -g) $(pwd)';
    assert.equal(await cli.ok(['exec', id, 'sh', '-c', ids]), '1 1 /tmp');
    assert.equal(await cli.ok(['exec', '-u', '0', '-w', '/etc', id, 'sh', '-c', ids]), '0 0 /etc');
    assert.equal(await cli.ok(['exec', '-u', '1234:56', id, 'sh', '-c', ids]), '1234 56 /tmp');
    await cli.ok(['exec', '-u', '0', id, 'sh', '-c', 'echo new:x:4321:8765::/home/new:/bin/sh >> /etc/passwd']);
    assert.equal(
      await cli.ok(['exec', '-u', 'new', id, 'sh', '-c', 'echo $(id -u) $(id -g) $HOME']),
      '4321 8765 /home/new',
    );
    await cli.ok(['rm', '-f', id]);
  });

  both('-i carries megabytes both ways unchanged; without it there is no input', async ({ cli }) => {
    const id = await sleeper(cli);
    const bytes = randomBytes(4 * 1024 * 1024);
    const sum = createHash('md5').update(bytes).digest('hex');
    assert.equal(await cli.ok(['exec', '-i', id, 'md5sum'], { input: bytes }), `${sum}  -`);
    const text = bytes.toString('base64');
    const back = await cli.run(['exec', '-i', id, 'cat'], { input: text });
    assert.equal(createHash('md5').update(back.stdout).digest('hex'), createHash('md5').update(text).digest('hex'));
    assert.equal(await cli.ok(['exec', id, 'cat'], { input: 'nothing of this' }), '');
    await cli.ok(['rm', '-f', id]);
  });

  both('into what does not run, is paused, or does not exist', async ({ cli }) => {
    const id = await cli.ok(['create', 'busybox', 'sleep', '600']);
    const stopped = await cli.run(['exec', id, 'true']);
    assert.deepEqual([stopped.code, stopped.stdout], [1, '']);
    assert.match(stopped.stderr, new RegExp(`[Cc]ontainer ${id} is not running`));
    await cli.ok(['start', id]);
    await cli.ok(['pause', id]);
    const paused = await cli.run(['exec', id, 'true']);
    assert.equal(paused.code, 1);
    assert.match(paused.stderr, new RegExp(`[Cc]ontainer ${id} is paused, unpause the container before exec`));
    await cli.ok(['unpause', id]);
    assert.equal(await cli.ok(['exec', id, 'echo', 'again']), 'again');
    await cli.ok(['rm', '-f', id]);
    const unknown = await cli.run(['exec', 'no-such-box', 'true']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /No such container: no-such-box/);
  });

  both('-d returns at once and leaves the command running', async ({ cli }) => {
    const id = await sleeper(cli);
    const script = 'readlink /proc/self/fd/0 > /fds; readlink /proc/self/fd/1 >> /fds; sleep 0.3; echo done > /out';
    assert.equal(await cli.ok(['exec', '-d', id, 'sh', '-c', script]), '');
    await eventually(async () => (await cli.run(['exec', id, 'cat', '/out'])).stdout === 'done\n');
    assert.equal(await cli.ok(['exec', id, 'head', '-1', '/fds']), '/dev/null');
    await cli.ok(['rm', '-f', id]);
  });

  both('eight at once, each with its own output and code', async ({ cli }) => {
    const id = await sleeper(cli);
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, at) => cli.run(['exec', id, 'sh', '-c', `echo ${at}; exit ${at}`])),
    );
    assert.deepEqual(
      results.map(({ code, stdout }) => [code, stdout]),
      Array.from({ length: 8 }, (_, at) => [at, `${at}\n`]),
    );
    await cli.ok(['rm', '-f', id]);
  });

  both('the end of the container ends its commands', async ({ cli, engine }) => {
    const id = await sleeper(cli);
    const running = cli.start(['exec', id, 'sh', '-c', 'echo up; sleep 600']);
    await running.waitForOutput('up');
    assert.equal((await execIds(engine, id))?.length, 1);
    await cli.ok(['stop', '-t', '0', id]);
    assert.equal((await running.exited).code, 137);
    assert.equal(await execIds(engine, id), null);
    await cli.ok(['rm', id]);
  });

  both('events tell what was run and how it ended', async ({ cli }) => {
    const name = `exec-events-${cli.name}`;
    await sleeper(cli, '--name', name);
    const since = String(Math.floor(Date.now() / 1000));
    await cli.run(['exec', name, 'sh', '-c', 'exit 3']);
    const format = '{{.Action}}|{{.Actor.Attributes.exitCode}}|{{.Actor.Attributes.name}}|{{.Actor.Attributes.execID}}';
    const lines = await eventually(async () => {
      const until = String(Math.ceil(Date.now() / 1000));
      const filter = ['--filter', `container=${name}`, '--format', format];
      const all = (await cli.ok(['events', '--since', since, '--until', until, ...filter])).split('\n');
      const own = all.filter((text) => text.startsWith('exec_'));
      return own.length === 3 && own;
    });
    const none = '(<no value>)?';
    assert.match(lines[0] ?? '', new RegExp(`^exec_create: sh -c exit 3\\|${none}\\|${name}\\|[0-9a-f]{64}$`));
    assert.match(lines[1] ?? '', new RegExp(`^exec_start: sh -c exit 3\\|${none}\\|${name}\\|[0-9a-f]{64}$`));
    assert.match(lines[2] ?? '', new RegExp(`^exec_die\\|3\\|${name}\\|[0-9a-f]{64}$`));
    await cli.ok(['rm', '-f', name]);
  });
});

suite('exec: terminals', {}, ({ both }) => {
  both('-t gives a terminal of its own, beside that of the container', async ({ cli }) => {
    const id = await sleeper(cli, '-t');
    const before = await cli.ok(['exec', id, 'sh', '-c', 'ls -l /dev/console; ls /dev/pts']);
    const out = await cli.ok([
      'exec',
      '-t',
      id,
      'sh',
      '-c',
      'test -t 0 && test -t 1 && test -t 2 && tty && echo $TERM',
    ]);
    assert.match(out, /^\/dev\/pts\/1\r\nxterm\r?$/);
    assert.equal(await cli.ok(['exec', id, 'sh', '-c', 'ls -l /dev/console; ls /dev/pts']), before);
    await cli.ok(['rm', '-f', id]);
  });

  both('-it talks both ways, has the size of our terminal from the first, and gives the exit code', async ({ cli }) => {
    const id = await sleeper(cli);
    const running = cli.startOnTerminal(['exec', '-it', id, 'sh', '-c', 'stty size; exec sh'], {
      rows: 41,
      columns: 112,
    });
    await running.waitForOutput('41 112');
    running.write('echo $((6*7))\n');
    await running.waitForOutput(/\b42\r/);
    running.write('exit 5\n');
    const result = await running.exited;
    assert.equal(result.code, 5, result.stdout);
    await cli.ok(['rm', '-f', id]);
  });

  both('a new size arrives, Ctrl-C interrupts', async ({ cli }) => {
    const id = await sleeper(cli);
    const before = '(sleep 1; stty rows 51 cols 123 </dev/tty) &';
    const script = 'until [ "$(stty size)" = "51 123" ]; do sleep 0.05; done; echo resized; sleep 600';
    const running = cli.startOnTerminal(['exec', '-it', id, 'sh', '-c', script], { before });
    await running.waitForOutput('resized');
    running.write('\x03');
    assert.equal((await running.exited).code, 130);
    await cli.ok(['rm', '-f', id]);
  });

  both('the detach keys leave the command running', async ({ cli, engine }) => {
    const id = await sleeper(cli);
    const script = 'echo ready; while [ ! -e /go ]; do sleep 0.05; done; touch /went';
    const running = cli.startOnTerminal(['exec', '-it', '--detach-keys', 'ctrl-x,y', id, 'sh', '-c', script]);
    await running.waitForOutput('ready');
    running.write('\x18y');
    // Docker's client takes the detaching for a failed read, and so does ours.
    assert.equal((await running.exited).code, 1);
    assert.equal((await execIds(engine, id))?.length, 1);
    await cli.ok(['exec', id, 'touch', '/go']);
    await eventually(async () => (await cli.run(['exec', id, 'test', '-e', '/went'])).code === 0);
    await cli.ok(['rm', '-f', id]);
  });

  both('-it without a terminal on our side is refused, and leaves nothing', async ({ cli, engine }) => {
    const id = await sleeper(cli);
    const result = await cli.run(['exec', '-it', id, 'true'], { input: '' });
    assert.equal(result.code, 1);
    assert.match(result.stderr, /input device is not a TTY/);
    assert.equal(await execIds(engine, id), null);
    await cli.ok(['rm', '-f', id]);
  });
});
