import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostConfig } from '@wharf/spec';
import { buildMounts, listBinds } from './mounts.ts';

function destinations(hostConfig: HostConfig): string[] {
  const files = ['/etc/hosts', '/etc/hostname'].map((destination) => ({
    source: '/files/x',
    destination,
    options: [],
    createSource: false,
  }));
  return buildMounts(hostConfig, files).map(({ destination }) => destination);
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

test('binds: options as given, the propagation private unless said, a long mount makes no source', () => {
  const Binds = ['/src:/dst:ro,z', '/src:/two'];
  const Mounts = [{ Type: 'bind' as const, Source: '/s', Target: '/t', ReadOnly: true }];
  assert.deepEqual(
    listBinds({ Binds, Mounts }).map(({ destination, createSource }) => [destination, createSource]),
    [
      ['/dst', true],
      ['/two', true],
      ['/t', false],
    ],
  );
  const mounts = buildMounts(
    { Mounts: [...Mounts, { ...Mounts[0], Target: '/u', BindOptions: { Propagation: 'rslave' as const } }] },
    [],
  );
  const optionsOf = (path: string) => mounts.find(({ destination }) => destination === path)?.options;
  assert.ok(optionsOf('/t')?.includes('rprivate'));
  assert.deepEqual(optionsOf('/t'), ['rbind', 'rprivate', 'rro']);
  const odd = { Type: 'bind' as const, Source: '/s', ReadOnly: true };
  const deep = buildMounts(
    {
      Mounts: [
        { ...odd, Target: '/shallow', BindOptions: { ReadOnlyNonRecursive: true } },
        { ...odd, Target: '/one', BindOptions: { NonRecursive: true } },
      ],
    },
    [],
  ).slice(-2);
  assert.deepEqual(
    deep.map(({ options }) => options),
    [
      ['rbind', 'rprivate', 'ro'],
      ['bind', 'rprivate', 'ro'],
    ],
  );
  assert.ok(optionsOf('/u')?.includes('rslave') && !optionsOf('/u')?.includes('rprivate'));
});
