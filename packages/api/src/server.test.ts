import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WharfError } from '@wharf/kit';
import type {
  ContainerInspect,
  ContainerSummary,
  EventMessage,
  ImageSummary,
  SystemInfo,
  SystemVersion,
} from '@wharf/spec';
import type { RequestContext } from './backends/context.ts';
import type { PullOptions } from './backends/image.ts';
import { readAll, readHead, startServer } from './test/harness.ts';

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
  it('answers unknown paths and methods with page not found, and what is not served with 501', async () => {
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
    const pause = await api.json('/containers/x/pause', { method: 'POST' });
    assert.equal(pause.status, 501);
    assert.deepEqual(pause.value, { message: 'pausing containers is not supported by this engine yet' });
    assert.equal((await api.request('/containers/x/attach/ws')).status, 501);
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

describe('images', () => {
  it('routes names with slashes, tags and digests', async () => {
    const names: string[] = [];
    const history = async (name: string) => {
      names.push(name);
      return [];
    };
    await using api = await startServer({ images: { history } });
    for (const name of ['docker.io/library/x:1', 'localhost:5000/a/b@sha256:00', 'a%2Fb%20c', 'json']) {
      assert.equal((await api.request(`/v1.47/images/${name}/history`)).status, 200);
    }
    assert.deepEqual(names, ['docker.io/library/x:1', 'localhost:5000/a/b@sha256:00', 'a/b c', 'json']);
    assert.deepEqual(await api.json('/images/%zz/history'), {
      status: 400,
      value: { message: 'invalid URL escape "%zz"' },
    });
  });
  it('streams pull progress as lines, each at once', async () => {
    const { promise: more, resolve: goOn } = Promise.withResolvers<void>();
    let given: PullOptions | undefined;
    const pull = async (options: PullOptions) => {
      given = options;
      options.onEvent({ status: 'Pulling from library/x', id: 'latest' });
      await more;
      options.onEvent({ status: 'Status: Downloaded newer image for x:latest' });
    };
    await using api = await startServer({ images: { pull } });
    const auth = Buffer.from(JSON.stringify({ username: 'u', password: 'p', serveraddress: 's' })).toString(
      'base64url',
    );
    const socket = api.raw(
      `POST /v1.47/images/create?fromImage=x&tag=latest&platform=linux/arm64/v8 HTTP/1.1\r\nHost: x\r\nX-Registry-Auth: ${auth}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
    assert.match(await readHead(socket), /^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Content-Type: application\/json/);
    const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    assert.match(first.toString(), /Pulling from/);
    goOn();
    assert.match((await readAll(socket)).toString(), /Downloaded newer image/);
    const { onEvent: _, ...options } = given ?? assert.fail('not called');
    assert.deepEqual(options, {
      reference: 'x:latest',
      allTags: false,
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
      credentials: { username: 'u', password: 'p', serverAddress: 's' },
    });
  });
  it('answers a pull that fails at once with its status, and one that fails later with a line', async () => {
    const failing = (early: boolean) => async (options: PullOptions) => {
      if (!early) options.onEvent({ status: 'Pulling' });
      throw new WharfError('X', 'not_found', 'manifest unknown');
    };
    await using early = await startServer({ images: { pull: failing(true) } });
    const path = '/images/create?fromImage=x&tag=y';
    assert.deepEqual(await early.json(path, { method: 'POST' }), {
      status: 404,
      value: { message: 'manifest unknown' },
    });
    await using late = await startServer({ images: { pull: failing(false) } });
    const answer = await late.request(path, { method: 'POST' });
    assert.equal(answer.status, 200);
    assert.deepEqual(
      answer.body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [{ status: 'Pulling' }, { errorDetail: { message: 'manifest unknown' }, error: 'manifest unknown' }],
    );
  });
  it('aborts a pull when the client leaves', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const pull = (options: PullOptions, { signal }: RequestContext) => {
      options.onEvent({ status: 'Pulling' });
      return new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => {
          resolve();
          reject(new WharfError('X', 'cancelled', 'context canceled'));
        });
      });
    };
    await using api = await startServer({ images: { pull } });
    const socket = api.raw('POST /images/create?fromImage=x&tag=y HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    await readHead(socket);
    socket.destroy();
    await aborted;
  });
  it('shapes lists by version', async () => {
    const image: ImageSummary = {
      Id: 'sha256:1',
      ParentId: '',
      RepoTags: [],
      RepoDigests: [],
      Created: 1,
      Size: 5,
      SharedSize: -1,
      Labels: {},
      Containers: 2,
      Descriptor: { digest: 'sha256:1' },
    };
    await using api = await startServer({ images: { list: async () => [image] } });
    const shown = async (version: string) => JSON.parse((await api.request(`/${version}/images/json`)).body)[0];
    assert.deepEqual(await shown('v1.55'), image);
    const old = await shown('v1.42');
    assert.deepEqual(old.RepoTags, ['<none>:<none>']);
    assert.equal(old.VirtualSize, 5);
    assert.equal(old.Containers, -1);
    assert.equal('Descriptor' in old, false);
  });
});

describe('events', () => {
  const event: EventMessage = {
    Type: 'container',
    Action: 'start',
    Actor: { ID: 'c1', Attributes: { image: 'busybox' } },
    scope: 'local',
    time: 1,
    timeNano: 1_000_000_000,
  };
  it('streams lines and ends when the backend ends', async () => {
    const events = async (options: { since?: bigint; until?: bigint }) => {
      assert.deepEqual([options.since, options.until], [1_500_000_000n, 2_000_000_001n]);
      return (async function* () {
        yield event;
        yield event;
      })();
    };
    await using api = await startServer({ system: { events } });
    const answer = await api.request('/v1.52/events?since=1.5&until=2.000000001');
    assert.deepEqual(
      answer.body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [event, event],
    );
    const old = await api.request('/v1.47/events?since=1.5&until=2.000000001');
    assert.equal(JSON.parse(old.body.split('\n')[0] ?? '').from, 'busybox');
  });
  it('sends its head before the first event and stops when the client leaves', async () => {
    const { promise: stopped, resolve } = Promise.withResolvers<void>();
    const events = async (_: unknown, { signal }: RequestContext) =>
      (async function* (): AsyncGenerator<EventMessage> {
        await new Promise<void>((done) => signal.addEventListener('abort', () => done()));
        resolve();
      })();
    await using api = await startServer({ system: { events } });
    const socket = api.raw('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(await readHead(socket), /^HTTP\/1\.1 200/);
    socket.destroy();
    await stopped;
  });
  it('refuses bad times and filters', async () => {
    await using api = await startServer();
    for (const query of ['since=x', 'since=5&until=4', 'filters=%7B', 'filters=7']) {
      assert.equal((await api.request(`/events?${query}`)).status, 400, query);
    }
  });
});

describe('containers', () => {
  it('lists with parsed options', async () => {
    let options: unknown;
    const list = async (given: unknown) => {
      options = given;
      return [] as ContainerSummary[];
    };
    await using api = await startServer({ containers: { list } });
    await api.request('/containers/json?all=1&limit=3&size=false&filters={"name":["a"]}&before=b');
    assert.deepEqual(options, {
      all: true,
      limit: 3,
      size: false,
      filters: new Map([
        ['name', ['a']],
        ['before', ['b']],
      ]),
    });
    assert.equal((await api.request('/containers/json?limit=x')).status, 400);
  });
  it('sends the head of a wait before the container ends', async () => {
    const { promise: exit, resolve } = Promise.withResolvers<{ StatusCode: number }>();
    await using api = await startServer({ containers: { wait: async () => ({ exit }) } });
    const socket = api.raw(
      'POST /v1.47/containers/x/wait?condition=next-exit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    assert.match(await readHead(socket), /^HTTP\/1\.1 200 OK/);
    resolve({ StatusCode: 42 });
    assert.match((await readAll(socket)).toString(), /\{"StatusCode":42\}\n/);
  });
  it('answers a wait for nothing, with a bad condition and one that fails', async () => {
    const wait = async (id: string) => {
      if (id === 'none') throw new WharfError('X', 'not_found', 'No such container: none');
      return { exit: Promise.reject(new WharfError('X', 'system', 'removal failed')) };
    };
    await using api = await startServer({ containers: { wait } });
    assert.equal((await api.request('/containers/none/wait', { method: 'POST' })).status, 404);
    assert.equal((await api.request('/containers/x/wait?condition=y', { method: 'POST' })).status, 400);
    assert.deepEqual((await api.json('/containers/x/wait', { method: 'POST' })).value, {
      StatusCode: -1,
      Error: { Message: 'removal failed' },
    });
  });
  it('parses stop, kill, remove, resize, rename and start', async () => {
    const calls: unknown[] = [];
    const note =
      (name: string) =>
      async (...given: unknown[]) =>
        void calls.push([name, ...given.slice(0, -1)]);
    await using api = await startServer({
      containers: {
        stop: note('stop'),
        restart: note('restart'),
        kill: note('kill'),
        remove: note('remove'),
        resize: note('resize'),
        rename: note('rename'),
        start: note('start'),
      },
    });
    const requests: [string, string, number][] = [
      ['POST', '/containers/a/stop?t=5&signal=INT', 204],
      ['POST', '/v1.41/containers/a/restart?t=-1&signal=INT', 204],
      ['POST', '/containers/a/kill?signal=9', 204],
      ['DELETE', '/containers/a?v=1&force=true', 204],
      ['POST', '/containers/a/resize?h=24&w=80', 200],
      ['POST', '/containers/a/rename?name=b', 204],
      ['POST', '/containers/a/start?detachKeys=ctrl-x', 204],
    ];
    for (const [method, path, status] of requests) assert.equal((await api.request(path, { method })).status, status);
    assert.deepEqual(calls, [
      ['stop', 'a', { timeout: 5, signal: 'INT' }],
      ['restart', 'a', { timeout: -1 }],
      ['kill', 'a', { signal: '9' }],
      ['remove', 'a', { force: true, volumes: true, link: false }],
      ['resize', 'a', { height: 24, width: 80 }],
      ['rename', 'a', 'b'],
      ['start', 'a', { detachKeys: 'ctrl-x' }],
    ]);
    for (const query of ['', 'h=a&w=1', 'h=1&w=65536', 'h=-1&w=1']) {
      assert.equal((await api.request(`/containers/a/resize?${query}`, { method: 'POST' })).status, 400);
    }
    const withBody = await api.json('/containers/a/start', { method: 'POST', body: { HostConfig: {} } });
    assert.equal(withBody.status, 400);
  });
  it('says what could not be killed', async () => {
    const kill = async () => {
      throw new WharfError('X', 'not_found', 'No such container: a');
    };
    await using api = await startServer({ containers: { kill } });
    assert.deepEqual(await api.json('/containers/a/kill', { method: 'POST' }), {
      status: 404,
      value: { message: 'cannot kill container: a: No such container: a' },
    });
  });
  it('shows the old network members to old clients only', async () => {
    const container = {
      Id: 'c'.repeat(64),
      Config: { Hostname: 'h' },
      Driver: 'overlay2',
      NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2' } } },
    } as unknown as ContainerInspect;
    await using api = await startServer({ containers: { inspect: async () => container } });
    const shown = async (version: string) => JSON.parse((await api.request(`/${version}/containers/c/json`)).body);
    assert.equal((await shown('v1.51')).NetworkSettings.IPAddress, '172.17.0.2');
    assert.deepEqual((await shown('v1.51')).GraphDriver, { Data: null, Name: 'overlay2' });
    assert.equal((await shown('v1.52')).NetworkSettings.IPAddress, undefined);
  });
});
