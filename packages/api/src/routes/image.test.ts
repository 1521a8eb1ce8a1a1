import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WharfError } from '@wharf/kit';
import type { ImageSummary } from '@wharf/spec';
import type { RequestContext } from '../backends/context.ts';
import type { PullOptions } from '../backends/image.ts';
import { readAll, readHead, readSome, startServer } from '../test/harness.ts';
import { pullReference } from './image.ts';

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
    const first = await readSome(socket);
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

describe('pullReference', () => {
  it('joins name and tag', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const cases: [string, string, string, boolean][] = [
      ['busybox', 'latest', 'busybox:latest', false],
      ['busybox', '', 'busybox', true],
      ['busybox:', '', 'busybox', true],
      ['busybox:1', '', 'busybox:1', false],
      ['localhost:5000/x', '', 'localhost:5000/x', true],
      ['localhost:5000/x', '1', 'localhost:5000/x:1', false],
      ['x', digest, `x@${digest}`, false],
      [`x@${digest}`, '', `x@${digest}`, false],
      ['x:1', digest, `x@${digest}`, false],
    ];
    for (const [name, tag, reference, allTags] of cases) {
      assert.deepEqual(pullReference(name, tag), { reference, allTags }, name);
    }
  });
});
