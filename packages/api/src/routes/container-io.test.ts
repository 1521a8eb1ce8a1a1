import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { Duplex, PassThrough, Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { WharfError } from '@wharf/kit';
import type { AttachOptions } from '../backends/container.ts';
import { readAll, readHead, readSome, startServer } from '../test/harness.ts';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: tcp\r\n';
const attachTo = (version: string, headers: string, query = 'stream=1&stdin=1&stdout=1&stderr=1') =>
  `POST /${version}/containers/x/attach?${query} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: 0\r\n\r\n`;

/** Gives back what is written, and ends its output only after its input has ended. */
const echo = async () => ({ tty: true, stream: new PassThrough() as Duplex });

function sha256(): { update(chunk: Buffer): void; readonly hash: ReturnType<typeof createHash> } {
  const hash = createHash('sha256');
  return { hash, update: (chunk) => void hash.update(chunk) };
}

/** Writes `total` bytes with backpressure and closes the writing side. */
async function writeMuch(socket: Socket, total: number): Promise<string> {
  const sum = sha256();
  for (let at = 0, block = 0; at < total; block++) {
    const chunk = Buffer.alloc(Math.min(256 * 1024, total - at), block % 251);
    sum.update(chunk);
    at += chunk.length;
    if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve));
  }
  socket.end();
  return sum.hash.digest('hex');
}

async function readMuch(socket: Socket): Promise<{ digest: string; size: number }> {
  const sum = sha256();
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    sum.update(chunk);
    size += chunk.length;
  });
  socket.resume();
  await new Promise((resolve) => socket.once('end', resolve));
  return { digest: sum.hash.digest('hex'), size };
}

describe('attach', () => {
  it('upgrades, naming the stream by terminal and version', async () => {
    for (const [version, tty, type] of [
      ['v1.55', false, 'multiplexed'],
      ['v1.42', false, 'multiplexed'],
      ['v1.41', false, 'raw'],
      ['v1.55', true, 'raw'],
    ] as const) {
      const attach = async () => ({ tty, stream: Duplex.from(Readable.from([Buffer.from('out')])) });
      await using api = await startServer({ containers: { attach } });
      const socket = api.raw(attachTo(version, UPGRADE));
      assert.equal(
        await readHead(socket),
        `HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.${type}-stream\r\nConnection: Upgrade\r\nUpgrade: tcp`,
      );
      assert.equal((await readAll(socket)).toString(), 'out');
      socket.end();
    }
  });
  it('takes the connection over without an Upgrade header too', async () => {
    await using api = await startServer({ containers: { attach: echo } });
    const socket = api.raw(attachTo('v1.47', ''));
    assert.equal(await readHead(socket), 'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    assert.equal((await readSome(socket)).toString(), 'GET / HTTP/1.1\r\n\r\n');
    socket.write('\u0000\u0001 not http');
    assert.equal((await readSome(socket)).toString(), '\u0000\u0001 not http');
    socket.end();
    await readAll(socket);
  });
  it('passes the end of input on while output continues', async () => {
    for (const headers of [UPGRADE, '']) {
      const { promise: ended, resolve } = Promise.withResolvers<string>();
      let input = '';
      const stream = new Duplex({
        read() {},
        write(chunk: Buffer, _encoding, done) {
          input += chunk.toString();
          done();
        },
        final(done) {
          resolve(input);
          done();
        },
      });
      await using api = await startServer({ containers: { attach: async () => ({ tty: true, stream }) } });
      const socket = api.raw(attachTo('v1.47', headers));
      await readHead(socket);
      socket.end('all of it');
      assert.equal(await ended, 'all of it');
      stream.push('still here');
      assert.equal((await readSome(socket)).toString(), 'still here');
      stream.push(null);
      assert.equal((await readAll(socket)).toString(), '');
    }
  });
  it('ignores input that was not asked for', async () => {
    const stream = new PassThrough();
    let options: AttachOptions | undefined;
    const attach = async (_: string, given: AttachOptions) => {
      options = given;
      return { tty: true, stream };
    };
    await using api = await startServer({ containers: { attach } });
    const socket = api.raw(attachTo('v1.47', UPGRADE, 'stream=1&stdout=1&logs=true&detachKeys=ctrl-p'));
    await readHead(socket);
    socket.end('nobody wants this');
    stream.write('output');
    assert.equal((await readSome(socket)).toString(), 'output');
    stream.end();
    assert.equal((await readAll(socket)).toString(), '');
    assert.deepEqual(options, {
      stream: true,
      stdin: false,
      stdout: true,
      stderr: false,
      logs: true,
      detachKeys: 'ctrl-p',
    });
  });
  it('keeps what a client sends together with its request', async () => {
    await using api = await startServer({ containers: { attach: echo } });
    const socket = api.raw(`${attachTo('v1.47', UPGRADE)}early`);
    await readHead(socket);
    assert.equal((await readSome(socket)).toString(), 'early');
    socket.end(' and late');
    assert.equal((await readAll(socket)).toString(), ' and late');
    // Without an Upgrade header such bytes are a malformed second request: refused, but nothing breaks.
    const plain = await readAll(api.raw(`${attachTo('v1.47', '')}early`));
    assert.match(plain.toString(), /^(HTTP\/1\.1 (200|400) |$)/);
    assert.equal((await api.request('/_ping')).body, 'OK');
  });
  it('works on a connection that served requests before, and with a body that is ignored', async () => {
    await using api = await startServer({ containers: { attach: echo } });
    const socket = api.raw('GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(await readHead(socket), /^HTTP\/1\.1 200 OK/);
    assert.equal((await readSome(socket)).toString(), 'OK');
    socket.write(attachTo('v1.47', UPGRADE).replace('Content-Length: 0\r\n\r\n', 'Content-Length: 2\r\n\r\n{}'));
    assert.match(await readHead(socket), /^HTTP\/1\.1 101 UPGRADED/);
    socket.end('hello');
    assert.equal((await readAll(socket)).toString(), 'hello');
  });
  it('refuses with a proper answer', async () => {
    const attach = async () => {
      throw new WharfError('X', 'not_found', 'No such container: x');
    };
    await using api = await startServer({ containers: { attach } });
    for (const headers of [UPGRADE, '']) {
      const answer = (await readAll(api.raw(attachTo('v1.47', headers)))).toString();
      assert.match(answer, /^HTTP\/1\.1 404 Not Found\r\n/);
      assert.match(answer, /\r\nApi-Version: 1\.55\r\n/);
      assert.match(answer, /\r\n\r\n\{"message":"No such container: x"\}\n$/);
      const old = (await readAll(api.raw(attachTo('v1.2', headers)))).toString();
      assert.match(old, /^HTTP\/1\.1 400 Bad Request\r\n/);
    }
  });
  it('detaches when the client is gone', async () => {
    const stream = new PassThrough();
    await using api = await startServer({ containers: { attach: async () => ({ tty: true, stream }) } });
    const socket = api.raw(attachTo('v1.47', UPGRADE));
    await readHead(socket);
    socket.destroy();
    // A closed connection and a closed input look the same until something is written.
    const closed = new Promise((resolve) => stream.once('close', resolve));
    const timer = setInterval(() => stream.write('x'), 5);
    await closed;
    clearInterval(timer);
  });
  it('closes the connection when the container stream breaks', async () => {
    const stream = new PassThrough();
    await using api = await startServer({ containers: { attach: async () => ({ tty: true, stream }) } });
    const socket = api.raw(attachTo('v1.47', UPGRADE));
    await readHead(socket);
    stream.destroy(new Error('cell died'));
    assert.equal((await readAll(socket)).toString(), '');
  });
  it('carries 128 MiB each way unharmed', async () => {
    const total = 128 * 1024 * 1024;
    for (const headers of [UPGRADE, '']) {
      await using api = await startServer({ containers: { attach: echo } });
      const socket = api.raw(attachTo('v1.47', headers));
      await readHead(socket);
      const [sent, received] = await Promise.all([writeMuch(socket, total), readMuch(socket)]);
      assert.deepEqual(received, { digest: sent, size: total });
    }
  });
  it('holds little for a client that does not read', async () => {
    let produced = 0;
    const stream = new Duplex({
      read() {
        produced += 65_536;
        this.push(Buffer.alloc(65_536));
      },
      write: (_chunk, _encoding, done) => done(),
    });
    await using api = await startServer({ containers: { attach: async () => ({ tty: true, stream }) } });
    const socket = api.raw(attachTo('v1.47', UPGRADE));
    await readHead(socket);
    // Wait until nothing moves any more: then all buffers on the way are full.
    for (let last = -1; last !== produced; ) {
      last = produced;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(produced < 4 * 1024 * 1024, `${produced} bytes buffered`);
    socket.destroy();
  });
});

describe('logs', () => {
  it('streams with the type that says how it is framed', async () => {
    const options: unknown[] = [];
    const logs = async (_: string, given: unknown) => {
      options.push(given);
      return { tty: false, stream: Readable.from([Buffer.from('framed')]) };
    };
    await using api = await startServer({ containers: { logs } });
    const answer = await api.request('/containers/x/logs?stdout=1&follow=1&tail=10&since=1.5&timestamps=1');
    assert.equal(answer.headers['content-type'], 'application/vnd.docker.multiplexed-stream');
    assert.equal(answer.body, 'framed');
    const old = await api.request('/v1.41/containers/x/logs?stderr=1&tail=all');
    assert.equal(old.headers['content-type'], 'application/vnd.docker.raw-stream');
    assert.deepEqual(options[0], {
      follow: true,
      stdout: true,
      stderr: false,
      timestamps: true,
      details: false,
      tail: 10,
      since: 1_500_000_000n,
    });
    const none = await api.json('/containers/x/logs');
    assert.deepEqual(none, {
      status: 400,
      value: { message: 'Bad parameters: you must choose at least one stream' },
    });
  });
  it('sends its head at once and ends the stream when the client leaves', async () => {
    const stream = new PassThrough();
    await using api = await startServer({ containers: { logs: async () => ({ tty: false, stream }) } });
    const socket = api.raw('GET /containers/x/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(await readHead(socket), /^HTTP\/1\.1 200/);
    const closed = new Promise((resolve) => stream.once('close', resolve));
    socket.destroy();
    await closed;
  });
  it('breaks the answer off when the stream fails', async () => {
    const stream = new PassThrough();
    await using api = await startServer({ containers: { logs: async () => ({ tty: false, stream }) } });
    const answer = api.request('/containers/x/logs?stdout=1');
    stream.write('part');
    setImmediate(() => setTimeout(() => stream.destroy(new Error('disk')), 20));
    await assert.rejects(answer);
  });
});
