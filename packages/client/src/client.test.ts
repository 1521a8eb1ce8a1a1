import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from './client.ts';
import { jsonAnswer, type RawServer, startRawServer } from './testing/raw-server.ts';

const PING = 'HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 2\r\n\r\n';

async function withServer(
  answer: Parameters<typeof startRawServer>[0],
  work: (server: RawServer) => Promise<void>,
): Promise<void> {
  const server = await startRawServer(answer);
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

const firstLines = (server: RawServer): string[] => server.requests.map((request) => request.split('\r\n', 1)[0] ?? '');

test('the version is asked for once, and one connection serves request after request', async () => {
  const answer: Parameters<typeof startRawServer>[0] = (request, socket) => {
    socket.write(request.startsWith('HEAD') ? PING : jsonAnswer([]));
  };
  await withServer(answer, async (server) => {
    const client = createClient({ host: server.host });
    await client.containerList({ all: true, limit: 3 });
    await client.imageList();
    assert.equal(await client.apiVersion(), '1.44');
    assert.deepEqual(firstLines(server), [
      'HEAD /_ping HTTP/1.1',
      'GET /v1.44/containers/json?all=1&limit=3 HTTP/1.1',
      'GET /v1.44/images/json HTTP/1.1',
    ]);
    assert.equal(server.connections(), 1);
    client.close();
  });
});

test('a given version is spoken without asking, and headers are sent along', async () => {
  await withServer(
    (_, socket) => socket.write(jsonAnswer({})),
    async (server) => {
      const client = createClient({ host: server.host, version: '1.30', headers: { 'X-Meta': 'yes' } });
      await client.systemInfo();
      assert.match(server.requests[0] ?? '', /^GET \/v1\.30\/info HTTP\/1\.1\r\n[\s\S]*X-Meta: yes\r\n/);
      client.close();
    },
  );
});

test("an engine's refusal keeps its words, and its kind follows the status", async () => {
  const statuses = {
    '404 Not Found': 'not_found',
    '409 Conflict': 'conflict',
    '500 Oops': 'system',
    '418 No': 'invalid',
  };
  for (const [status, kind] of Object.entries(statuses)) {
    await withServer(
      (_, socket) => socket.write(jsonAnswer({ message: 'No such container: x' }, status)),
      async (server) => {
        const client = createClient({ host: server.host, version: '1.44' });
        const message = 'Error response from daemon: No such container: x';
        await assert.rejects(client.containerInspect('x'), { code: 'ENGINE_ANSWER', kind, message });
        client.close();
      },
    );
  }
});

test('a refusal that is no JSON is told as it is', async () => {
  const text = 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nnope';
  await withServer(
    (_, socket) => socket.write(text),
    async (server) => {
      const client = createClient({ host: server.host, version: '1.44' });
      await assert.rejects(client.systemInfo(), { message: 'Error response from daemon: nope' });
      client.close();
    },
  );
});

test('a connection that ends early is a failure, not an empty answer', async () => {
  const cut = (_: string, socket: { end(text: string): unknown }) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{');
  await withServer(cut, async (server) => {
    const client = createClient({ host: server.host, version: '1.44' });
    await assert.rejects(client.systemInfo(), { code: 'ENGINE_GONE' });
  });
});

test('an idle connection that the engine has closed is replaced', async () => {
  const answer: Parameters<typeof startRawServer>[0] = (_, socket, count) => {
    if (count === 1) socket.destroy();
    else socket.write(jsonAnswer({ ID: 'x' }));
  };
  await withServer(answer, async (server) => {
    const client = createClient({ host: server.host, version: '1.44' });
    await client.systemInfo();
    await client.systemInfo();
    assert.equal(server.connections(), 2);
    client.close();
  });
});

test('a change is not sent twice when the connection breaks', async () => {
  const answer: Parameters<typeof startRawServer>[0] = (_, socket, count) => {
    if (count === 0) socket.write(jsonAnswer({}));
    else socket.destroy();
  };
  await withServer(answer, async (server) => {
    const client = createClient({ host: server.host, version: '1.44' });
    await client.systemInfo();
    await assert.rejects(client.containerStart('x'), { code: 'ENGINE_GONE' });
    assert.equal(server.requests.length, 2);
    client.close();
  });
});

test('a stream of messages is read line by line, and leaving it ends the connection', async () => {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  let closed = false;
  const answer: Parameters<typeof startRawServer>[0] = (_, socket) => {
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        closed = true;
      });
    }
    socket.write(`${head}${chunk('{"Action":"a"}\n{"Act')}${chunk('ion":"b"}\r\n\n{"Action":"c"}')}`);
  };
  await withServer(answer, async (server) => {
    const client = createClient({ host: server.host, version: '1.44' });
    const actions: string[] = [];
    for await (const event of await client.systemEvents()) {
      actions.push(event.Action);
      if (actions.length === 2) break;
    }
    assert.deepEqual(actions, ['a', 'b']);
    while (!closed) await new Promise((resolve) => setImmediate(resolve));
  });
});

test('a request can be taken back while its answer is under way', async () => {
  await withServer(
    (_, socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'),
    async (server) => {
      const client = createClient({ host: server.host, version: '1.44' });
      const controller = new AbortController();
      const events = await client.systemEvents({ signal: controller.signal });
      setImmediate(() => controller.abort());
      const reading = async (): Promise<void> => {
        for await (const event of events) assert.fail(`unexpected ${event.Action}`);
      };
      await assert.rejects(reading(), { code: 'REQUEST_CANCELLED' });
      await assert.rejects(client.systemEvents({ signal: controller.signal }), { code: 'REQUEST_CANCELLED' });
    },
  );
});

test('a hijacked connection carries bytes both ways, and each direction ends by itself', async () => {
  const head =
    'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
  const answer: Parameters<typeof startRawServer>[0] = (_, socket) => {
    let input = '';
    socket.on('data', (chunk: Buffer) => {
      input += chunk.toString();
    });
    socket.on('end', () => socket.end(`read ${input}`));
    socket.write(`${head}early `);
  };
  await withServer(answer, async (server) => {
    const client = createClient({ host: server.host, version: '1.44' });
    const stream = await client.containerAttach('x', { stream: true, stdin: true, stdout: true });
    assert.match(
      firstLines(server)[0] ?? '',
      /^POST \/v1\.44\/containers\/x\/attach\?stdin=1&stdout=1&stream=1 HTTP|^POST \/v1\.44\/containers\/x\/attach\?stream=1&stdin=1&stdout=1 HTTP/,
    );
    assert.equal(stream.contentType, 'application/vnd.docker.raw-stream');
    let output = '';
    const reading = stream.read((chunk) => {
      output += chunk.toString();
    });
    stream.write(Buffer.from('typed'));
    stream.closeWrite();
    await reading;
    assert.equal(output, 'early read typed');
    stream.close();
  });
});

test('where nobody listens the message says where and what', async () => {
  const client = createClient({ host: 'unix:///nonexistent.sock' });
  const message = 'Cannot connect to the Wharf engine at unix:///nonexistent.sock. Is the engine running?';
  await assert.rejects(client.systemInfo(), { code: 'ENGINE_UNREACHABLE', kind: 'unavailable', message });
});

test('the owner may bring an engine up, once, and the requests that waited are sent', async () => {
  const server = await startRawServer((request, socket) => {
    socket.write(request.startsWith('HEAD') ? PING : jsonAnswer({ ID: 'late' }));
  });
  let calls = 0;
  const moved = `${server.host}.not-yet`;
  const { linkSync } = await import('node:fs');
  const client = createClient({
    host: moved,
    async onUnreachable() {
      calls += 1;
      linkSync(server.host.slice('unix://'.length), moved.slice('unix://'.length));
    },
  });
  const infos = await Promise.all([client.systemInfo(), client.systemInfo()]);
  assert.deepEqual(infos, [{ ID: 'late' }, { ID: 'late' }]);
  assert.equal(calls, 1);
  client.close();
  await server.close();
});

test('addresses are read, and those that are not supported are named', () => {
  assert.equal(createClient({ host: 'tcp://127.0.0.1' }).host, 'tcp://127.0.0.1');
  for (const host of ['ssh://me@there', 'https://there', 'ftp://there', '/run/x.sock', 'tcp://a:b']) {
    assert.throws(() => createClient({ host }), { code: 'ENGINE_HOST' }, host);
  }
});

test('an answer that is not HTTP, or endless, is refused', async () => {
  for (const text of ['SSH-2.0-OpenSSH\r\n\r\n', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}`]) {
    await withServer(
      (_, socket) => socket.write(text),
      async (server) => {
        const client = createClient({ host: server.host, version: '1.44' });
        await assert.rejects(client.systemInfo(), { code: 'ENGINE_PROTOCOL' });
      },
    );
  }
});
