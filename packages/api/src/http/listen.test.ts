import assert from 'node:assert/strict';
import { chmod, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startServer } from '../test/harness.ts';

function ping(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const req = request({ host, port, path: '/_ping', agent: false }, (res) => {
      res.resume();
      resolve(res.statusCode);
    });
    req.on('error', reject);
    req.end();
  });
}

describe('listening', () => {
  it('makes sockets of mode 0660, whatever the directory, and removes them at the end', async () => {
    const api = await startServer();
    await chmod(api.directory, 0o755);
    const path = join(api.directory, 'second.sock');
    const bound = await api.server.listen({ unix: path });
    assert.deepEqual(bound, { kind: 'unix', path, url: `unix://${path}` });
    assert.equal((await stat(path)).mode & 0o777, 0o660);
    const third = join(api.directory, 'third.sock');
    await api.server.listen({ unix: third, mode: 0o600, group: process.getgid?.() ?? 0 });
    assert.equal((await stat(third)).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(api.directory)).sort(), ['api.sock', 'second.sock', 'third.sock']);
    await api.server.close();
    assert.deepEqual(await readdir(api.directory), []);
    await api[Symbol.asyncDispose]();
  });
  it('replaces a socket that nobody answers on', async () => {
    await using api = await startServer();
    const path = join(api.directory, 'stale.sock');
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(`${path}.tmp`, resolve));
    await rename(`${path}.tmp`, path);
    await new Promise((resolve) => dead.close(resolve));
    assert.ok((await stat(path)).isSocket());
    await api.server.listen({ unix: path });
  });
  it('leaves a socket that is answered, and files that are no sockets, alone', async () => {
    await using api = await startServer();
    await using other = await startServer();
    await assert.rejects(other.server.listen({ unix: api.socketPath }), {
      code: 'ADDRESS_IN_USE',
      message: `cannot listen on ${api.socketPath}: another server answers there`,
    });
    assert.equal((await api.request('/_ping')).body, 'OK');
    const file = join(api.directory, 'file');
    await writeFile(file, 'precious');
    await assert.rejects(api.server.listen({ unix: file }), { code: 'BAD_ADDRESS' });
    await assert.rejects(api.server.listen({ unix: join(api.directory, 'x'.repeat(120)) }), { code: 'BAD_ADDRESS' });
    await assert.rejects(api.server.listen({ unix: join(api.directory, 'none/x.sock') }), { code: 'BAD_ADDRESS' });
  });
  it('does not remove a socket that another server has put in its place', async () => {
    const first = await startServer();
    await unlink(first.socketPath);
    await using second = await startServer();
    await second.server.listen({ unix: first.socketPath });
    await first.server.close(0);
    assert.ok((await stat(first.socketPath)).isSocket());
    await second.server.close(0);
    await first[Symbol.asyncDispose]();
  });
  it('listens on TCP beside unix sockets', async () => {
    await using api = await startServer();
    const bound = await api.server.listen({ tcp: '127.0.0.1:0' });
    assert.equal(bound.kind, 'tcp');
    if (bound.kind !== 'tcp') return;
    assert.equal(bound.url, `tcp://127.0.0.1:${bound.port}`);
    assert.equal(await ping(bound.port, '127.0.0.1'), 200);
    assert.equal((await api.request('/_ping')).body, 'OK');
    await assert.rejects(api.server.listen({ tcp: `127.0.0.1:${bound.port}` }), { code: 'ADDRESS_IN_USE' });
    for (const tcp of ['nope', '1.2.3.4', ':99999', 'a:b:1']) {
      await assert.rejects(api.server.listen({ tcp }), { code: 'BAD_ADDRESS' });
    }
  });
});

describe('closing', () => {
  it('ends running requests', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const wait = async (_: string, __: string, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => resolve());
      return { exit: new Promise<never>(() => {}) };
    };
    const api = await startServer({ containers: { wait } });
    const answer = api.request('/containers/x/wait', { method: 'POST' });
    const failed = assert.rejects(answer);
    await new Promise((done) => setTimeout(done, 50));
    await api.server.close(10);
    await aborted;
    await failed;
    await api[Symbol.asyncDispose]();
  });
});
