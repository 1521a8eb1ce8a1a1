import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { readAll, readHead, startServer } from '../test/harness.ts';

const create = (headers: string, body: string) =>
  `POST /v1.47/containers/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n${body}`;

describe('malformed requests', () => {
  it('never crash or hang the server', async () => {
    await using api = await startServer();
    const requests = [
      'nonsense\r\n\r\n',
      'GET\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /info HTTP/1.1\r\nHost x\r\n\r\n',
      '\u0000\u0001\u0002\r\n\r\n',
      '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(300_000)}\r\n\r\n`,
      `GET /${'a'.repeat(300_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n',
      'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      'POST /containers/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'GET /%ff%fe/%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'GET /images/%ff/json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'GET http://[/_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /info HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ];
    for (const text of requests) {
      const socket = api.raw(text);
      let stuck = false;
      socket.setTimeout(5000, () => {
        stuck = true;
        socket.destroy();
      });
      const answer = (await readAll(socket)).toString();
      socket.destroy();
      assert.ok(!stuck, `no answer to ${JSON.stringify(text.slice(0, 80))}`);
      assert.match(answer, /^(HTTP\/1\.1 (4|5)\d\d |HTTP\/1\.1 200 |$)/, JSON.stringify(text.slice(0, 80)));
      assert.equal((await api.request('/_ping')).body, 'OK');
    }
  });
  it('do not mix into an answer that has begun', async () => {
    const wait = async () => ({ exit: new Promise<never>(() => {}) });
    await using api = await startServer({ containers: { wait } });
    const socket = api.raw('POST /containers/x/wait HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    assert.match(await readHead(socket), /^HTTP\/1\.1 200 OK/);
    socket.write('junk\r\n\r\n');
    assert.equal((await readAll(socket)).toString(), '');
  });
  it('takes an absolute request target', async () => {
    await using api = await startServer();
    const socket = api.raw('GET http://docker/v1.47/_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match((await readAll(socket)).toString(), /^HTTP\/1\.1 200 OK/);
  });
  it('says what is wrong with a body', async () => {
    await using api = await startServer();
    const json = 'Content-Type: application/json\r\n';
    const cases: [string, string, string][] = [
      ['Content-Length: 2\r\n', '{}', 'malformed Content-Type header (): mime: no media type'],
      [
        'Content-Type: text/plain\r\nContent-Length: 2\r\n',
        '{}',
        "unsupported Content-Type header (text/plain): must be 'application/json'",
      ],
      [json, '', 'invalid JSON: got EOF while reading request body'],
      [`${json}Content-Length: 9\r\n`, '{"Image":', 'invalid JSON: unexpected EOF'],
      [`${json}Content-Length: 5\r\n`, 'hello', "invalid JSON: invalid character 'h' in request body"],
      [`${json}Content-Length: 5\r\n`, '{} {}', 'unexpected content after JSON'],
      [`${json}Content-Length: 2\r\n`, '{}', 'config cannot be empty in order to create a container'],
      [`${json}Content-Length: 99999999\r\n`, '{', 'request body too large: the limit is 16777216 bytes'],
    ];
    for (const [headers, body, message] of cases) {
      const answer = (await readAll(api.raw(create(headers, body)))).toString();
      assert.match(answer, /^HTTP\/1\.1 400 Bad Request/, message);
      const [, got = ''] = answer.split('\r\n\r\n');
      assert.deepEqual(JSON.parse(got), { message });
    }
  });
  it('stops reading an endless body', async () => {
    await using api = await startServer();
    const socket = api.raw(create('Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n', ''));
    const answer = readAll(socket);
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let sent = 0; sent < 300 && !socket.destroyed && socket.writable; sent++) {
      if (!socket.write(chunk)) {
        await Promise.race([once(socket, 'drain').catch(() => {}), answer]);
      }
    }
    assert.match((await answer).toString(), /request body too large/);
  });
  it('reads on when it has refused what is still being sent', async () => {
    await using api = await startServer();
    const socket = api.raw('POST /images/load HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    let broken: Error | undefined;
    socket.on('error', (error) => {
      broken = error;
    });
    const ended = once(socket, 'end');
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 501 [^]*loading images is not supported/);
    for (let sent = 0; sent < 40; sent++) {
      if (!socket.write(`10000\r\n${' '.repeat(65_536)}\r\n`)) await once(socket, 'drain');
    }
    socket.write('0\r\n\r\n');
    await ended;
    socket.destroy();
    assert.equal(broken, undefined);
  });
  it('survives clients that leave in the middle of a body', async () => {
    await using api = await startServer();
    const text = create('Content-Type: application/json\r\nContent-Length: 50\r\n', '{"Image":');
    for (let times = 0; times < 20; times++) {
      const socket = api.raw(text);
      await new Promise((resolve) => setTimeout(resolve, 2));
      socket.destroy();
    }
    assert.equal((await api.request('/_ping')).body, 'OK');
  });
});
