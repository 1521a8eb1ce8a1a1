import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WharfError } from '@wharf/kit';
import type { SystemInfo, SystemVersion } from '@wharf/spec';
import type { RequestContext } from './backends/context.ts';
import { readAll, startServer } from './test/harness.ts';

const VERSION: SystemVersion = {
  Version: '0.1.0',
  ApiVersion: '1.55',
  MinAPIVersion: '1.24',
  GitCommit: 'abc',
  Os: 'linux',
  Arch: 'amd64',
  KernelVersion: '6.1',
  BuildTime: '2026-11-21T00:00:00Z',
};
const system = { version: async () => VERSION };

describe('ping and versions', () => {
  it('answers GET and HEAD /_ping with the facts in headers', async () => {
    await using api = await startServer();
    const get = await api.request('/_ping');
    assert.equal(get.status, 200);
    assert.equal(get.body, 'OK');
    const { date: _, connection: __, ...headers } = get.headers;
    assert.deepEqual(headers, {
      'api-version': '1.55',
      'builder-version': '2',
      'cache-control': 'no-cache, no-store, must-revalidate',
      'content-length': '2',
      'content-type': 'text/plain; charset=utf-8',
      'docker-experimental': 'false',
      ostype: 'linux',
      pragma: 'no-cache',
      server: 'Wharf/0.1.0 (linux)',
      swarm: 'inactive',
    });
    const head = await api.request('/v1.30/_ping', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-length'], '0');
    assert.equal(head.headers['api-version'], '1.55');
  });
  it('takes versions 1.24 to 1.55 and none', async () => {
    const seen: string[] = [];
    const version = async (context: RequestContext) => {
      seen.push(context.apiVersion);
      return VERSION;
    };
    await using api = await startServer({ system: { version } });
    for (const prefix of ['', '/v1.24', '/v1.41', '/v1.55']) {
      assert.equal((await api.request(`${prefix}/version`)).status, 200);
    }
    assert.deepEqual(seen, ['1.55', '1.24', '1.41', '1.55']);
  });
  it('refuses versions that are too old or too new, with its own headers', async () => {
    await using api = await startServer({ system });
    const old = await api.request('/v1.12/version');
    assert.equal(old.status, 400);
    assert.equal(old.headers['api-version'], '1.55');
    assert.deepEqual(JSON.parse(old.body), {
      message:
        'client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    });
    assert.deepEqual((await api.json('/v1.99/version')).value, {
      message: 'client version 1.99 is too new. Maximum supported API version is 1.55',
    });
    assert.equal((await api.request('/v2.0/version')).status, 400);
  });
  it('answers unknown paths and methods with page not found, what is not served with 501, no handshake with 400', async () => {
    await using api = await startServer({ system });
    for (const [method, path] of [
      ['GET', '/nope'],
      ['PUT', '/v1.41/info'],
      ['GET', '/v1.41'],
      ['HEAD', '/info'],
    ]) {
      const answer = await api.request(path ?? '', { method: method ?? '' });
      assert.equal(answer.status, 404);
      if (method !== 'HEAD') assert.equal(answer.body, '{"message":"page not found"}\n');
    }
    const search = await api.json('/images/search?term=x');
    assert.equal(search.status, 501);
    assert.deepEqual(search.value, { message: 'searching images is not supported by this engine yet' });
    assert.equal((await api.request('/containers/x/attach/ws')).status, 400);
    assert.equal((await api.request('/info', { method: 'OPTIONS' })).status, 200);
  });
});

describe('failures', () => {
  it('maps every kind to one status', async () => {
    const kinds = {
      invalid: 400,
      unauthorized: 401,
      forbidden: 403,
      not_found: 404,
      conflict: 409,
      unavailable: 503,
      not_implemented: 501,
      cancelled: 500,
      deadline: 500,
      data_loss: 500,
      exhausted: 500,
      system: 500,
    } as const;
    for (const [kind, status] of Object.entries(kinds)) {
      const inspect = async () => {
        throw new WharfError('X', kind as keyof typeof kinds, `it is ${kind}`);
      };
      await using api = await startServer({ containers: { inspect } });
      assert.deepEqual(await api.json('/containers/x/json'), { status, value: { message: `it is ${kind}` } });
    }
  });
  it('logs what nobody foresaw and answers 500', async () => {
    const logged: string[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (message: string) => logged.push(message) };
    const info = async () => {
      throw new TypeError('boom');
    };
    await using api = await startServer({ system: { info } }, { logger });
    assert.deepEqual(await api.json('/info'), { status: 500, value: { message: 'boom' } });
    assert.deepEqual(logged, ['unexpected failure of a request']);
  });
  it('answers 304 without a body', async () => {
    const start = async () => {
      throw new WharfError('X', 'not_modified', 'already started');
    };
    await using api = await startServer({ containers: { start } });
    const answer = await api.request('/containers/x/start', { method: 'POST' });
    assert.deepEqual([answer.status, answer.body], [304, '']);
  });
});

describe('identity', () => {
  it('asks once per connection and tells every backend', async () => {
    let asked = 0;
    const seen: unknown[] = [];
    const version = async ({ identity }: RequestContext) => {
      seen.push(identity);
      return VERSION;
    };
    const identify = () => {
      asked++;
      return { kind: 'unix', uid: 7, gid: 8 } as const;
    };
    await using api = await startServer({ system: { version } }, { identify });
    const socket = api.raw(
      'GET /version HTTP/1.1\r\nHost: x\r\n\r\nGET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    await readAll(socket);
    assert.deepEqual(seen, [
      { kind: 'unix', uid: 7, gid: 8 },
      { kind: 'unix', uid: 7, gid: 8 },
    ]);
    assert.equal(asked, 1);
  });
  it('takes everybody for local by default', async () => {
    let identity: unknown;
    const info = async (context: RequestContext) => {
      identity = context.identity;
      return {} as SystemInfo;
    };
    await using api = await startServer({ system: { info } });
    await api.request('/info');
    assert.deepEqual(identity, { kind: 'local' });
  });
});
