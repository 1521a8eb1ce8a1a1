import assert from 'node:assert/strict';
import { once } from 'node:events';
import { eventually, type TestEngine } from '@wharf/testkit';
import { WebSocket } from 'ws';
import { suite } from './support/suite.ts';

async function create(engine: TestEngine, more: Readonly<Record<string, unknown>>): Promise<string> {
  const { json } = await engine.api('POST', '/containers/create', { Image: 'busybox', ...more });
  return (json as { Id: string }).Id;
}

function open(engine: TestEngine, id: string, query: string, origin?: string): WebSocket {
  const path = `/v1.47/containers/${id}/attach/ws?${query}`;
  return new WebSocket(`ws+unix:${engine.places.socket}:${path}`, origin === undefined ? {} : { origin });
}

/** All that comes until the other side closes. */
async function received(socket: WebSocket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('message', (data: Buffer) => chunks.push(data));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

suite('attaching over a web socket', {}, ({ once: only, ours }) => {
  only('output of both streams comes without frames, input goes in, the end closes', async ({ engine }) => {
    const id = await create(engine, {
      Cmd: ['sh', '-c', 'echo ready; read line; echo "got $line"; echo bad >&2; exit 3'],
      OpenStdin: true,
      AttachStdin: true,
    });
    const socket = open(engine, id, 'stream=1&stdin=1&stdout=1&stderr=1');
    await once(socket, 'open');
    const all = received(socket);
    await engine.api('POST', `/containers/${id}/start`);
    socket.send(Buffer.from('hello\n'));
    const text = await all;
    assert.deepEqual(text.split('\n').sort(), ['', 'bad', 'got hello', 'ready']);
    await engine.api('DELETE', `/containers/${id}?force=1`);
  });

  only('with a terminal', async ({ engine }) => {
    const id = await create(engine, { Cmd: ['tty'], Tty: true });
    const socket = open(engine, id, 'stream=1&stdout=1');
    await once(socket, 'open');
    const all = received(socket);
    await engine.api('POST', `/containers/${id}/start`);
    assert.match(await all, /^\/dev\/(pts\/0|console)\r\n$/);
    await engine.api('DELETE', `/containers/${id}?force=1`);
  });

  ours('a client that leaves does not end the container', async ({ engine }) => {
    const id = await create(engine, { Cmd: ['sleep', '100'], OpenStdin: true });
    await engine.api('POST', `/containers/${id}/start`);
    const socket = open(engine, id, 'stream=1&stdin=1&stdout=1');
    await once(socket, 'open');
    socket.close();
    await once(socket, 'close');
    const state = async () =>
      ((await engine.api('GET', `/containers/${id}/json`)).json as { State: { Status: string } }).State.Status;
    await eventually(async () => (await state()) === 'running');
    await engine.api('DELETE', `/containers/${id}?force=1`);
  });

  ours('no container, no handshake, and pages of other servers get an error', async ({ engine }) => {
    const id = await create(engine, { Cmd: ['sleep', '100'] });
    const refused = async (socket: WebSocket) => {
      const [error] = await once(socket, 'error');
      return (error as Error).message;
    };
    assert.match(await refused(open(engine, 'nobody', 'stream=1')), /404/);
    assert.match(await refused(open(engine, id, 'stream=1', 'http://example.com')), /403/);
    const plain = await engine.api('GET', `/containers/${id}/attach/ws?stream=1`);
    assert.equal(plain.status, 400);
    await engine.api('DELETE', `/containers/${id}?force=1`);
  });
});
