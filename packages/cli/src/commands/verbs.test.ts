import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { frameHeader } from '@wharf/spec';
import { type FakeEngine, type Route, sendJson, startFakeEngine } from '../testing/fake-engine.ts';
import { dockerVersion, type Outcome, runDocker } from '../testing/real-docker.spawn.ts';
import { runWharf } from '../testing/run-wharf.ts';

/** Done without an answer, unless the object is called `gone`, or `gone` is in its name. */
function done(what: string): Route {
  return {
    answer(request, response) {
      if (request.path.includes('gone')) sendJson(response, 404, { message: `No such ${what}: gone` });
      else response.writeHead(204).end();
    },
  };
}

function frame(stream: 1 | 2, text: string): Buffer {
  return Buffer.concat([frameHeader(stream, text.length), Buffer.from(text)]);
}

const PULL = [
  { status: 'Pulling from library/x', id: 'latest' },
  { status: 'Downloading', progressDetail: { current: 1, total: 2 }, id: 'layer' },
  { status: 'Pull complete', progressDetail: {}, id: 'layer' },
];

const routes: Record<string, Route> = {
  'POST /containers/*/kill': done('container'),
  'POST /containers/*/stop': done('container'),
  'POST /containers/*/restart': done('container'),
  'POST /containers/*/start': done('container'),
  'DELETE /containers/*': done('container'),
  'POST /images/*/tag': done('image'),
  'POST /containers/*/wait': { answer: (_, response) => sendJson(response, 200, { StatusCode: 3 }) },
  'DELETE /images/*': {
    answer(request, response) {
      if (request.path.includes('gone')) sendJson(response, 404, { message: 'No such image: gone' });
      else sendJson(response, 200, [{ Untagged: 'x:latest' }, { Deleted: 'sha256:1' }]);
    },
  },
  'POST /images/create': {
    answer(request, response) {
      if (request.query['fromImage']?.includes('gone')) {
        sendJson(response, 404, { message: 'pull access denied for gone' });
        return;
      }
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const failure = request.query['fromImage']?.includes('broken') ? [{ errorDetail: { message: 'boom' } }] : [];
      for (const message of [...PULL, ...failure]) response.write(`${JSON.stringify(message)}\r\n`);
      response.end();
    },
  },
  'GET /containers/*/json': {
    answer(request, response) {
      const Config = { Tty: request.path.includes('tty') };
      if (request.path.includes('gone')) sendJson(response, 404, { message: 'No such container: gone' });
      else sendJson(response, 200, { Id: request.path.split('/')[2], Config, State: {}, HostConfig: {} });
    },
  },
  'GET /containers/*/logs': {
    answer(request, response) {
      if (request.path.includes('tty')) response.end('raw\r\n');
      else response.end(Buffer.concat([frame(1, 'out\n'), frame(2, 'err\n')]));
    },
  },
};

const ERROR = 'Error response from daemon: ';
const NO_CONTAINER = `${ERROR}No such container: gone\n`;
const NO_IMAGE = `${ERROR}No such image: gone\n`;

/** A command line, what it prints and how it ends, and the requests it sends (their order does not matter). */
type Case = readonly [args: string, stdout: string, stderr: string, code: number, requests: readonly string[]];

const cases: readonly Case[] = [
  ['kill a', 'a\n', '', 0, ['POST /containers/a/kill {}']],
  ['kill -s TERM a', 'a\n', '', 0, ['POST /containers/a/kill {"signal":"TERM"}']],
  [
    'kill gone gone2',
    '',
    NO_CONTAINER + NO_CONTAINER,
    1,
    ['POST /containers/gone/kill {}', 'POST /containers/gone2/kill {}'],
  ],
  ['stop a b', 'a\nb\n', '', 0, ['POST /containers/a/stop {}', 'POST /containers/b/stop {}']],
  ['stop -t 5 -s INT a', 'a\n', '', 0, ['POST /containers/a/stop {"signal":"INT","t":"5"}']],
  ['stop -t 0 a', 'a\n', '', 0, ['POST /containers/a/stop {"t":"0"}']],
  [
    'restart -t 5 a gone',
    'a\n',
    NO_CONTAINER,
    1,
    ['POST /containers/a/restart {"t":"5"}', 'POST /containers/gone/restart {"t":"5"}'],
  ],
  [
    'start a gone b',
    'a\nb\n',
    `${NO_CONTAINER}Error: failed to start containers: gone\n`,
    1,
    ['POST /containers/a/start {}', 'POST /containers/b/start {}', 'POST /containers/gone/start {}'],
  ],
  ['start -a a b', '', 'you cannot start and attach multiple containers at once\n', 1, []],
  ['wait a b', '3\n3\n', '', 0, ['POST /containers/a/wait {}', 'POST /containers/b/wait {}']],
  ['rm a /b', 'a\n/b\n', '', 0, ['DELETE /containers/a {}', 'DELETE /containers/b {}']],
  ['rm -flv a', 'a\n', '', 0, ['DELETE /containers/a {"force":"1","link":"1","v":"1"}']],
  ['rm gone', '', NO_CONTAINER, 1, ['DELETE /containers/gone {}']],
  ['rm -f gone', '', NO_CONTAINER, 0, ['DELETE /containers/gone {"force":"1"}']],
  ['container remove a', 'a\n', '', 0, ['DELETE /containers/a {}']],
  ['rmi a', 'Untagged: x:latest\nDeleted: sha256:1\n', '', 0, ['DELETE /images/a {}']],
  [
    'rmi -f --no-prune a',
    'Untagged: x:latest\nDeleted: sha256:1\n',
    '',
    0,
    ['DELETE /images/a {"force":"1","noprune":"1"}'],
  ],
  ['rmi gone', '', NO_IMAGE, 1, ['DELETE /images/gone {}']],
  ['rmi -f gone', '', NO_IMAGE, 0, ['DELETE /images/gone {"force":"1"}']],
  ['tag a b', '', '', 0, ['POST /images/a/tag {"repo":"docker.io/library/b","tag":"latest"}']],
  ['tag a host:5000/b/c:1', '', '', 0, ['POST /images/a/tag {"repo":"host:5000/b/c","tag":"1"}']],
  ['tag gone b', '', NO_IMAGE, 1, ['POST /images/gone/tag {"repo":"docker.io/library/b","tag":"latest"}']],
  [
    'tag a B',
    '',
    'Error parsing reference: "B" is not a valid repository/tag: invalid reference format: repository name (library/B) must be lowercase\n',
    1,
    [],
  ],
  [
    'pull x',
    'Using default tag: latest\nlatest: Pulling from library/x\nlayer: Pull complete\ndocker.io/library/x:latest\n',
    '',
    0,
    ['POST /images/create {"fromImage":"docker.io/library/x","tag":"latest"}'],
  ],
  [
    'pull -q host/x:1',
    'docker.io/host/x:1\n',
    '',
    0,
    ['POST /images/create {"fromImage":"docker.io/host/x","tag":"1"}'],
  ],
  [
    'pull -a x',
    'latest: Pulling from library/x\nlayer: Pull complete\ndocker.io/library/x\n',
    '',
    0,
    ['POST /images/create {"fromImage":"docker.io/library/x"}'],
  ],
  ['pull -a x:1', '', "tag can't be used with --all-tags/-a\n", 1, []],
  [
    'pull gone',
    'Using default tag: latest\n',
    `${ERROR}pull access denied for gone\n`,
    1,
    ['POST /images/create {"fromImage":"docker.io/library/gone","tag":"latest"}'],
  ],
  ['pull -q broken', '', 'boom\n', 1, ['POST /images/create {"fromImage":"docker.io/library/broken","tag":"latest"}']],
  ['pull X', '', 'invalid reference format: repository name (library/X) must be lowercase\n', 1, []],
  [
    'logs a',
    'out\n',
    'err\n',
    0,
    ['GET /containers/a/json {}', 'GET /containers/a/logs {"stderr":"1","stdout":"1","tail":"all"}'],
  ],
  [
    'logs tty',
    'raw\r\n',
    '',
    0,
    ['GET /containers/tty/json {}', 'GET /containers/tty/logs {"stderr":"1","stdout":"1","tail":"all"}'],
  ],
  ['logs gone', '', NO_CONTAINER, 1, ['GET /containers/gone/json {}']],
  [
    'logs -ft -n 5 --details --until 2020-01-01T00:00:00Z a',
    'out\n',
    'err\n',
    0,
    [
      'GET /containers/a/json {}',
      'GET /containers/a/logs {"details":"1","follow":"1","stderr":"1","stdout":"1","tail":"5","timestamps":"1","until":"1577836800.000000000"}',
    ],
  ],
  [
    'logs --since x a',
    '',
    'invalid value for "since": failed to parse value as time or duration: "x"\n',
    1,
    ['GET /containers/a/json {}'],
  ],
];

const docker = dockerVersion()?.startsWith('28.') === true;

describe('verbs that change containers and images', () => {
  let engine: FakeEngine;
  let config: string;
  before(async () => {
    engine = await startFakeEngine(routes);
    config = mkdtempSync(join(tmpdir(), 'wharf-config-'));
  });
  after(async () => {
    await engine.close();
    rmSync(config, { recursive: true });
  });

  async function observe(run: (args: readonly string[]) => Promise<Outcome>, args: string) {
    const outcome = await run(args.split(' '));
    const seen = engine.seen.splice(0).filter(({ path }) => path !== '/_ping');
    const query = (all: Readonly<Record<string, string>>) =>
      JSON.stringify(Object.fromEntries(Object.entries(all).sort()));
    return { ...outcome, requests: seen.map((each) => `${each.method} ${each.path} ${query(each.query)}`).sort() };
  }

  test('ask and print what is expected', async () => {
    for (const [args, stdout, stderr, code, requests] of cases) {
      const got = await observe((words) => runWharf(engine.host, config, words), args);
      assert.deepEqual(got, { stdout, stderr, code, requests }, args);
    }
  });

  // Docker says this on stdout, where it would end up in whatever captures the names.
  test('a deprecated flag is told on stderr', async () => {
    const got = await observe((words) => runWharf(engine.host, config, words), 'stop --time 3 a');
    assert.equal(got.stdout, 'a\n');
    assert.equal(got.stderr, 'Flag --time has been deprecated, use --timeout instead\n');
  });

  test("what is expected is what docker's client does", { skip: !docker && 'no Docker 28 client here' }, async () => {
    for (const [args, stdout, stderr, code, requests] of cases) {
      const got = await observe((words) => runDocker(engine.host, config, words), args);
      assert.deepEqual(got, { stdout, stderr, code, requests }, args);
    }
  });
});
