import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { WharfError } from '@wharf/kit';
import { parseFlags } from '../framework/parse.ts';
import { createBody } from './body.ts';
import type { CreateEnvironment } from './environment.ts';
import { createFlags } from './flags.ts';
import { normalizePlatform } from './platform.ts';

type Json = Record<string, unknown>;

/** One command line and what docker 28.2 made of it: the members that differ from the base body, or its complaint. */
interface Case {
  readonly args: readonly string[];
  readonly code?: number;
  readonly stderr?: string;
  readonly query?: Record<string, string>;
  readonly delta?: Json;
}

const recorded = JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8')) as {
  base: Json & { HostConfig: Json };
  cases: Case[];
};

const FILES: Readonly<Record<string, Buffer>> = {
  '/client/cwd/env': Buffer.from('A=1\n# c\n\nLISTED\nMISSING\n B=2\nC= x \n'),
  '/client/cwd/labels': Buffer.from('x=1\ny\n'),
  '/client/cwd/envbad': Buffer.from('bad key=1\n'),
  '/client/cwd/envbad2': Buffer.from('=1\n'),
  '/client/cwd/envbad3': Buffer.from([97, 255, 61, 49, 10]),
  'sec.json': Buffer.from('{"defaultAction":"SCMP_ACT_ALLOW",\n "x": 1}\n'),
  env: Buffer.from('A=1\n# c\n'),
};

const environment: CreateEnvironment = {
  cwd: '/client/cwd',
  env: { LISTED: 'from-env' },
  host: 'unix:///run/engine.sock',
  proxies: {},
  consoleSize: [0, 0],
  caller: '1000:1000',
  readText(path) {
    const bytes = FILES[path];
    if (!bytes) throw Object.assign(new TypeError('no such file'), { code: 'ENOENT' });
    return bytes;
  },
};

/** Docker's client keeps these two in maps, so that their order is not the same twice. */
function sorted(delta: Json): Json {
  const copy = { ...delta };
  for (const key of ['Env', 'HostConfig.Binds']) {
    const value = copy[key];
    if (Array.isArray(value)) copy[key] = [...value].sort();
  }
  return copy;
}

/** The members of a body that differ from the base, as in the recording. */
function deltaOf(body: Json): Json {
  const delta: Json = {};
  const host = body['HostConfig'] as Json;
  const note = (name: string, base: unknown, own: unknown): void => {
    if (!isDeepStrictEqual(base, own)) delta[name] = own ?? (own === null ? null : '-');
  };
  for (const key of new Set([...Object.keys(recorded.base), ...Object.keys(body)])) {
    if (key !== 'HostConfig') note(key, recorded.base[key], body[key]);
  }
  for (const key of new Set([...Object.keys(recorded.base.HostConfig), ...Object.keys(host)])) {
    note(`HostConfig.${key}`, recorded.base.HostConfig[key], host[key]);
  }
  const networking = delta['NetworkingConfig'] as { EndpointsConfig: Record<string, Json> } | undefined;
  if (networking) {
    const isSet = ([, value]: [string, unknown]) => value !== null && value !== '' && value !== 0;
    const full = Object.entries(networking.EndpointsConfig);
    delta['NetworkingConfig'] = Object.fromEntries(
      full.map(([name, endpoint]) => [name, Object.fromEntries(Object.entries(endpoint).filter(isSet))]),
    );
  }
  return sorted(delta);
}

function planned(args: readonly string[]): { delta: Json; query: Record<string, string> } | { complaint: string } {
  try {
    const { values, changed, args: words } = parseFlags(createFlags, args, { interspersed: false });
    const [image = '', ...command] = words;
    const body = createBody(values, changed, image, command, environment);
    const query = {
      ...(values.name === '' ? {} : { name: values.name }),
      ...(values.platform === '' ? {} : { platform: normalizePlatform(values.platform) }),
    };
    return { delta: deltaOf(JSON.parse(JSON.stringify(body)) as Json), query };
  } catch (error) {
    if (!(error instanceof WharfError)) throw error;
    return { complaint: error.message };
  }
}

/** The reason in a recorded complaint, without the frame that the commands put around it. */
function reasonOf(stderr: string): string {
  return (stderr.split('\n\n')[0] ?? '').replace(/^docker: /, '').replace(/\n$/, '');
}

test("create bodies and complaints are those of docker's client, command line by command line", () => {
  const failures: unknown[] = [];
  let compared = 0;
  for (const { args, code, stderr = '', query = {}, delta = {} } of recorded.cases) {
    // These are decided by the commands, beyond the body; see the tests of the commands.
    if (code === 1 && !stderr.startsWith('error parsing')) continue;
    if (args.includes('seccomp=env') || args.includes('--pull')) continue;
    const got = planned(args);
    const want = code === undefined ? { delta: sorted(delta), query } : { complaint: reasonOf(stderr) };
    compared += 1;
    if (!isDeepStrictEqual(got, want)) failures.push({ args, got, want });
  }
  assert.deepEqual(failures, []);
  assert.ok(compared > 550, `only ${compared} compared`);
});

test('a relative directory of the client becomes absolute, in -v and --mount alike', () => {
  const got = planned(['-v', './a:/x', '--mount', 'type=bind,src=./b,dst=/y', 'image']);
  assert.ok('delta' in got);
  assert.deepEqual(got.delta['HostConfig.Binds'], ['/client/cwd/a:/x']);
  assert.deepEqual(got.delta['HostConfig.Mounts'], [{ Type: 'bind', Source: '/client/cwd/b', Target: '/y' }]);
});

test('variables of configured proxies are added unless the user sets them', () => {
  const { values, changed } = parseFlags(createFlags, ['-e', 'HTTP_PROXY=mine'], { interspersed: false });
  const proxies = { HTTP_PROXY: 'theirs', http_proxy: 'theirs' };
  const body = createBody(values, changed, 'image', [], { ...environment, proxies });
  assert.deepEqual(body.Env, ['HTTP_PROXY=mine', 'http_proxy=theirs']);
});

test('flags that Docker does not have are sent as the member Wharf, which is absent without them', () => {
  const wharf = (...args: string[]) => {
    const got = planned([...args, 'image']);
    return 'delta' in got ? got.delta['Wharf'] : got.complaint;
  };
  assert.equal(wharf(), undefined);
  assert.deepEqual(wharf('--timeout', '90'), { Timeout: 90e9 });
  assert.deepEqual(wharf('--timeout', '1m30s'), { Timeout: 90e9 });
  assert.deepEqual(wharf('--health-on-failure', 'stop'), { HealthOnFailure: 'stop' });
  assert.match(String(wharf('--health-on-failure', 'no')), /must be one of none, kill, restart, stop/);
  assert.match(String(wharf('--timeout', 'x')), /invalid duration "x"/);
  assert.match(String(wharf('--timeout=-1s')), /must not be negative/);
});
