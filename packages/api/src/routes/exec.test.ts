import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { WharfError } from '@wharf/kit';
import type { ExecOptions, ExecStartOptions } from '../backends/exec.ts';
import { readAll, readHead, startServer } from '../test/harness.ts';

/** A server whose commands send back what they get; gives what the backend was asked. */
async function echoServer() {
  const created: ExecOptions[] = [];
  const started: ExecStartOptions[] = [];
  const harness = await startServer({
    execs: {
      create(_container, options) {
        created.push(options);
        return Promise.resolve({ Id: 'e1' });
      },
      start(id, options) {
        if (id !== 'e1') throw new WharfError('X', 'not_found', `No such exec instance: ${id}`);
        const { onAccept, ...asked } = options;
        started.push(asked);
        if (!options.detach) onAccept?.(true);
        return Promise.resolve(options.detach ? undefined : { tty: true, stream: new PassThrough() });
      },
    },
  });
  return { harness, created, started };
}

test('create decodes and defaults the body', async () => {
  const { harness, created } = await echoServer();
  await using server = harness;
  const body = { Cmd: ['ls'], tty: true, ConsoleSize: [24, 80], Env: null, User: 'me' };
  assert.deepEqual(await server.json('/containers/c/exec', { method: 'POST', body }), {
    status: 201,
    value: { Id: 'e1' },
  });
  const { command, tty, consoleSize, env, user, attachStdin } = created[0] as ExecOptions;
  assert.deepEqual(
    { command, tty, consoleSize, env, user, attachStdin },
    {
      command: ['ls'],
      tty: true,
      consoleSize: [24, 80],
      env: [],
      user: 'me',
      attachStdin: false,
    },
  );
});

test('create refuses wrong types, no command, and NUL bytes', async () => {
  const { harness, created } = await echoServer();
  await using server = harness;
  for (const [body, message] of [
    [{ Cmd: 'ls' }, /cannot unmarshal string into Go struct field ExecCreateRequest.Cmd of type \[\]string/],
    [{ Cmd: [] }, /No exec command specified/],
    [{ Cmd: ['a\0b'] }, /NUL/],
    [{ Cmd: ['a'], Tty: true, ConsoleSize: [1, -1] }, /ConsoleSize/],
    [[], /cannot unmarshal array into Go value/],
  ] as const) {
    const { status, value } = await server.json('/containers/c/exec', { method: 'POST', body });
    assert.equal(status, 400);
    assert.match((value as { message: string }).message, message);
  }
  assert.deepEqual(created, []);
});

const BODY = '{"Detach":false,"ConsoleSize":[10,20]}';
const head = (upgrade: boolean, path = '/exec/e1/start') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n${
    upgrade ? 'Connection: Upgrade\r\nUpgrade: tcp\r\n' : ''
  }\r\n`;

for (const upgrade of [true, false]) {
  for (const late of [true, false]) {
    test(`start takes the connection over: ${upgrade ? 'upgrade' : 'plain'}, body ${late ? 'after' : 'with'} the head`, async () => {
      const { harness, started } = await echoServer();
      await using server = harness;
      const socket = server.raw(late ? head(upgrade) : `${head(upgrade)}${BODY}`);
      if (late) setTimeout(() => socket.write(BODY), 30);
      assert.match(await readHead(socket), upgrade ? /^HTTP\/1.1 101 / : /^HTTP\/1.1 200 /);
      socket.end('typed later');
      assert.equal((await readAll(socket)).toString(), 'typed later');
      assert.deepEqual(started, [{ detach: false, consoleSize: [10, 20] }]);
    });
  }
}

test('start detached answers without a stream; a failure is an ordinary answer', async () => {
  const { harness, started } = await echoServer();
  await using server = harness;
  assert.equal((await server.json('/exec/e1/start', { method: 'POST', body: { Detach: true } })).status, 200);
  assert.deepEqual(started, [{ detach: true }]);
  const socket = server.raw(`${head(true, '/exec/nope/start')}${BODY}`);
  assert.match(await readHead(socket), /^HTTP\/1.1 404 /);
  assert.match((await readAll(socket)).toString(), /No such exec instance: nope/);
});
