import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WharfError } from '@wharf/kit';
import type { ContainerInspect, ContainerSummary } from '@wharf/spec';
import { readAll, readHead, startServer } from '../test/harness.ts';

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
  it('shows the bridge address at the top of the network settings to old and new clients', async () => {
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
    assert.equal((await shown('v1.52')).NetworkSettings.IPAddress, '172.17.0.2');
  });
});
