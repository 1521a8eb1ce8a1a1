import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_PATH } from './defaults.ts';
import { buildCapabilities, buildEnvironment, buildProcess } from './process.ts';

const PATH = `PATH=${DEFAULT_PATH}`;

test("the environment: Docker's own first, replaced in place, HOME last if nobody set it", () => {
  const own = [PATH, 'HOSTNAME=box'];
  assert.deepEqual(buildEnvironment({}, 'box', '/root'), [...own, 'HOME=/root']);
  assert.deepEqual(buildEnvironment({ Tty: true }, 'box', '/'), [...own, 'TERM=xterm', 'HOME=/']);
  assert.deepEqual(buildEnvironment({ Env: ['A=b', 'PATH=/x', 'HOME=/h', 'A=c', 'E='] }, 'box', '/'), [
    ...['PATH=/x', 'HOSTNAME=box', 'A=c', 'HOME=/h', 'E='],
  ]);
  assert.deepEqual(buildEnvironment({ Env: ['HOSTNAME', 'A=1', 'A'] }, 'box', '/'), [PATH, 'HOME=/']);
});

test('who is not root starts without effective capabilities; what the machine lacks is not given', () => {
  const all = 2n ** 64n - 1n;
  assert.equal(buildCapabilities({}, 0, all).effective.length, 14);
  assert.deepEqual(buildCapabilities({}, 1000, all).effective, []);
  assert.equal(buildCapabilities({}, 1000, all).bounding.length, 14);
  assert.deepEqual(buildCapabilities({ CapDrop: ['ALL'], CapAdd: ['CHOWN'] }, 0, all).bounding, ['CAP_CHOWN']);
  assert.deepEqual(buildCapabilities({}, 0, 1n).permitted, ['CAP_CHOWN']);
  assert.ok(buildCapabilities({ Privileged: true }, 0, all).effective.length > 37);
});

test('the OOM score is always set, so that the low one of the engine is not inherited', () => {
  const user = { uid: 0, gid: 0, additionalGids: [0], home: '/' };
  const input = {
    path: 'sh',
    args: ['-c', 'x'],
    config: {},
    hostname: 'box',
    user,
    noNewPrivileges: false,
    available: 0n,
  };
  assert.equal(buildProcess({ ...input, hostConfig: {} }).oomScoreAdj, 0);
  assert.equal(buildProcess({ ...input, hostConfig: { OomScoreAdj: 500 } }).oomScoreAdj, 500);
  const built = buildProcess({ ...input, hostConfig: { Ulimits: [{ Name: 'nofile', Soft: 5, Hard: -1 }] } });
  assert.deepEqual(built.rlimits, [{ type: 'RLIMIT_NOFILE', soft: 5, hard: -1 }]);
  assert.deepEqual([built.args, built.cwd, built.terminal], [['sh', '-c', 'x'], '/', false]);
});
