import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite } from './support/suite.ts';

function message(json: unknown): string {
  return (json as { message?: string } | undefined)?.message ?? '';
}

suite('bad input', {}, ({ both, once, ours }) => {
  for (const [what, args, code, text] of [
    ['a bad port', ['run', '-p', 'x:y', 'busybox'], 125, /invalid (containerPort|hostPort|port)|Invalid/i],
    ['a bad memory size', ['run', '-m', 'lots', 'busybox'], 125, /invalid (argument|size|suffix)/i],
    ['a bad environment', ['run', '-e', '=x', 'busybox'], 125, /invalid environment variable/i],
    [
      'a bad volume',
      ['run', '-v', 'relative/path:also', 'busybox'],
      125,
      /invalid|not an absolute path|mount path|not available/i,
    ],
    ['a bad name', ['run', '--name', 'no good', 'busybox'], 125, /Invalid container name/],
    ['a bad restart policy', ['run', '--restart', 'maybe', 'busybox'], 125, /restart policy/i],
    ['a bad capability', ['run', '--cap-add', 'FLY', 'busybox'], 125, /invalid (capability|CapAdd)|FLY/i],
    [
      '--rm with a restart policy',
      ['run', '--rm', '--restart', 'always', 'busybox'],
      125,
      /conflicting options: cannot specify both --restart and --rm/,
    ],
    ['-d with --attach', ['run', '-d', '-a', 'stdout', 'busybox'], 1, /conflicting options/],
    ['a bad template', ['ps', '--format', '{{.Nope'], 1, /template/],
    ['a field that does not exist', ['ps', '-a', '--format', '{{.Nope}}'], 1, /Nope|^$/],
    ['a bad filter', ['ps', '--filter', 'nope=1'], 1, /invalid filter/i],
    ['an unknown command', ['frobnicate'], 1, /frobnicate/],
    ['an unknown flag', ['ps', '--frobnicate'], 125, /unknown flag: --frobnicate/],
    ['too many arguments', ['ps', 'x'], 1, /accepts no arguments/],
    ['a bad signal', ['kill', '-s', 'NOPE', 'x'], 1, /No such container|invalid signal/i],
    [
      'a relative working directory',
      ['run', '-w', 'rel', 'busybox', 'pwd'],
      125,
      /working directory.*(is invalid|absolute)/,
    ],
  ] as const) {
    both(`client: ${what}`, async ({ cli }) => {
      const result = await cli.run(args);
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, text);
    });
  }

  for (const [what, method, path, body, status, text] of [
    ['no JSON', 'POST', '/containers/create', '{nope', 400, /./],
    ['an empty body', 'POST', '/containers/create', '', 400, /./],
    ['no image', 'POST', '/containers/create', {}, 400, /./],
    ['a missing image', 'POST', '/containers/create', { Image: 'no-such' }, 404, /No such image: no-such:latest/],
    ['wrong types', 'POST', '/containers/create', { Image: 'busybox', Cmd: { a: 1 } }, 400, /./],
    ['a version of the future', 'GET', '/v9.99/info', undefined, 400, /client version 9\.99 is too new/],
    ['a version of the past', 'GET', '/v1.10/info', undefined, 400, /client version 1\.10 is too old/],
    ['an unknown path', 'GET', '/nothing/here', undefined, 404, /page not found/],
    ['a bad filter', 'GET', '/containers/json?filters=nope', undefined, 400, /./],
    ['a bad number', 'GET', '/containers/json?limit=many', undefined, 400, /./],
    ['no such container', 'GET', '/containers/nope/json', undefined, 404, /No such container: nope/],
    ['no such image', 'GET', '/images/nope/json', undefined, 404, /No such image: nope:latest/],
    ['logs of neither stream', 'GET', '/containers/nope/logs', undefined, 400, /you must choose at least one stream/],
  ] as const) {
    once(`API: ${what}`, async ({ engine }) => {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await engine.api(method, path, body, headers);
      // The oracle is older: what it accepts or calls by another status is no fault of the test.
      if (answer.headers['server']?.toString().startsWith('Docker/20') === true) return;
      assert.equal(answer.status, status, answer.text);
      assert.match(message(answer.json), text);
    });
  }

  ours('a request that is no HTTP is answered with 400', async ({ engine }) => {
    const socket = connect(engine.places.socket);
    socket.end('this is not HTTP\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    assert.match(answer, /^HTTP\/1\.1 400 /);
  });

  ours('a body without end is cut off at a limit, and the engine lives', async ({ engine }) => {
    const socket = connect(engine.places.socket);
    socket.write(
      'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    socket.on('data', () => {});
    for (let at = 0; at < 4096 && !socket.destroyed; at += 1) {
      if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), ended]);
    }
    socket.destroy();
    await ended;
    assert.equal((await engine.api('GET', '/_ping')).text, 'OK');
  });

  once('an argument list of a megabyte arrives', async ({ cli }) => {
    const words = Array.from({ length: 10_000 }, (_, at) => `word-number-${at}`);
    assert.equal(await cli.ok(['run', '--rm', 'busybox', 'sh', '-c', 'echo $#', 'sh', ...words]), '10000');
  });
});
