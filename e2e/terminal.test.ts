import assert from 'node:assert/strict';
import { suite } from './support/suite.ts';

suite('terminal', {}, ({ both }) => {
  both('-t gives the process a terminal', async ({ cli }) => {
    const out = await cli.ok(['run', '--rm', '-t', 'busybox', 'sh', '-c', 'test -t 1 && tty && echo $TERM']);
    assert.match(out, /^\/dev\/(pts\/0|console)\r\nxterm\r?$/);
  });

  both('-it without a terminal on our side is refused', async ({ cli }) => {
    const result = await cli.run(['run', '--rm', '-it', 'busybox', 'true'], { input: '' });
    assert.equal(result.code, cli.name === 'docker' ? 1 : result.code || 1);
    assert.match(result.stderr, /input device is not a TTY/);
  });

  both('-it talks both ways and takes the size of our terminal', async ({ cli }) => {
    const running = cli.startOnTerminal(['run', '--rm', '-it', 'busybox', 'sh'], { rows: 40, columns: 111 });
    await running.waitForOutput('# ');
    running.write('stty size; echo $((6*7))\n');
    await running.waitForOutput('40 111');
    await running.waitForOutput(/\b42\r/);
    running.write('exit 5\n');
    const result = await running.exited;
    assert.equal(result.code, 5, result.stdout);
  });

  both('a new size of our terminal arrives', async ({ cli }) => {
    const before = '(sleep 1; stty rows 51 cols 123 </dev/tty) &';
    const script =
      'trap "echo winch" WINCH; until [ "$(stty size)" = "51 123" ]; do sleep 0.05; done; sleep 0.1; echo done';
    const running = cli.startOnTerminal(['run', '--rm', '-it', 'busybox', 'sh', '-c', script], { before });
    const result = await running.exited;
    assert.match(result.stdout, /winch[^]*done/);
  });

  both('Ctrl-C reaches the process as an interrupt', async ({ cli }) => {
    const script = 'trap "echo interrupted; exit 3" INT; echo ready; while :; do sleep 0.1; done';
    const running = cli.startOnTerminal(['run', '--rm', '-it', 'busybox', 'sh', '-c', script]);
    await running.waitForOutput('ready');
    running.write('\x03');
    const result = await running.exited;
    assert.match(result.stdout, /interrupted/);
    assert.equal(result.code, 3);
  });

  both('the detach keys leave the container running; attach comes back', async ({ cli }) => {
    const name = `detached-${cli.name}`;
    const first = cli.startOnTerminal(['run', '--name', name, '-it', 'busybox', 'sh']);
    await first.waitForOutput('# ');
    first.write('x=kept\n\x10\x11');
    assert.equal((await first.exited).code, 0);
    assert.equal(await cli.ok(['inspect', '--format', '{{.State.Running}}', name]), 'true');

    for (const args of [
      ['attach', name],
      ['exec', '-it', name, 'sh'],
    ]) {
      const left = cli.startOnTerminal(args);
      left.write("echo ty-''ped\n");
      await left.waitForOutput('ty-ped\r\n');
      left.write('\x10\x11');
      const { code, stdout } = await left.exited;
      assert.match(stdout, /read escape sequence\r\n$/);
      assert.equal(code, 1);
    }

    const second = cli.startOnTerminal(['attach', name]);
    second.write('echo $x-it\n');
    await second.waitForOutput('kept-it');
    second.write('exit 4\n');
    assert.equal((await second.exited).code, 4);
    await cli.ok(['rm', name]);
  });
});
