import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostConfig } from '@wharf/spec';
import { buildMounts } from './mounts.ts';

function destinations(hostConfig: HostConfig): string[] {
  const files = ['/etc/hosts', '/etc/hostname'].map((destination) => ({
    source: '/files/x',
    destination,
    options: [],
  }));
  return buildMounts(hostConfig, files, []).map(({ destination }) => destination);
}

const DEFAULTS = ['/proc', '/dev', '/dev/pts', '/sys', '/sys/fs/cgroup', '/dev/mqueue', '/dev/shm'];

test("defaults come first, then ours and the user's, shallow before deep", () => {
  assert.deepEqual(destinations({}), [...DEFAULTS, '/etc/hosts', '/etc/hostname']);
  const Tmpfs = { '/a/b/c': '', '/z': 'size=1m' };
  assert.deepEqual(destinations({ Tmpfs }), [...DEFAULTS, '/z', '/etc/hosts', '/etc/hostname', '/a/b/c']);
});

test('a mount of the user replaces a default, and our files; a /dev of the user has nothing of ours below', () => {
  const Tmpfs = { '/sys': '', '/etc/hosts': '' };
  assert.deepEqual(destinations({ Tmpfs }).filter((path) => Object.keys(Tmpfs).includes(path)).length, 2);
  assert.deepEqual(destinations({ Tmpfs: { '/dev': '' } }), [
    ...['/proc', '/sys', '/sys/fs/cgroup', '/dev', '/etc/hosts', '/etc/hostname'],
  ]);
});
