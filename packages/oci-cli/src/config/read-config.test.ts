import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isCode } from '@wharf/kit';
import { readBundle } from './read-config.ts';
import { SPEC } from './spec-template.ts';

const directory = mkdtempSync(join(tmpdir(), 'wharf-oci-config-'));
after(() => rmSync(directory, { recursive: true }));

function read(document: unknown) {
  writeFileSync(join(directory, 'config.json'), typeof document === 'string' ? document : JSON.stringify(document));
  return readBundle(directory, 'id');
}

function refused(document: unknown, pattern: RegExp): void {
  assert.throws(
    () => read(document),
    (error) => isCode(error, 'OCI_CONFIG') && pattern.test(String(error)),
  );
}

test('the example that spec prints can be read', () => {
  const { config, hooks, seccomp } = read(SPEC);
  assert.equal(config.root.path, join(directory, 'rootfs'));
  assert.equal(config.linux.cgroupsPath, '/wharf-oci/id');
  assert.deepEqual(
    config.linux.devices.map(({ path }) => path),
    ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom', '/dev/tty'],
  );
  assert.equal(config.linux.resources.devices?.[0]?.allow, false);
  assert.ok(config.linux.resources.devices?.some(({ major, access }) => major === 136 && access === 'rwm'));
  assert.deepEqual([hooks.prestart, seccomp], [[], undefined]);
});

test('what is left out has its default; sources of binds are below the bundle', () => {
  const { config } = read({
    ociVersion: '1.0.0',
    process: { cwd: '/', args: ['x'], user: {}, rlimits: [{ type: 'RLIMIT_CORE', hard: 2 ** 64, soft: 1 }] },
    root: { path: '/r' },
    mounts: [{ destination: 'a/../b', source: 'here', options: ['rbind', 'tmpcopyup'] }],
    linux: { namespaces: [{ type: 'mount' }], devices: [{ path: '/dev/null', type: 'c', major: 9, minor: 9 }] },
  });
  assert.deepEqual(config.process.rlimits, [{ type: 'RLIMIT_CORE', soft: 1, hard: -1 }]);
  assert.deepEqual(config.process.capabilities.bounding, []);
  const mount = { destination: '/b', type: 'bind', source: join(directory, 'here'), options: ['rbind'] };
  assert.deepEqual(config.mounts, [mount]);
  assert.equal(config.linux.devices.filter(({ path }) => path === '/dev/null').length, 1);
});

test('what cannot be honoured, or makes no sense, is refused by name', () => {
  refused('{', /config\.json/);
  refused({ ...SPEC, ociVersion: '2.0.0' }, /unsupported ociVersion/);
  refused({ ...SPEC, process: { ...SPEC.process, cwd: 'here' } }, /Cwd must be an absolute path/);
  refused({ ...SPEC, process: { ...SPEC.process, args: [] } }, /args must not be empty/);
  refused({ ...SPEC, process: { ...SPEC.process, args: ['a\0b'] } }, /process\.args\[0\] has to be a text/);
  refused({ ...SPEC, process: { ...SPEC.process, selinuxLabel: 'x' } }, /selinuxLabel is not supported/);
  refused({ ...SPEC, linux: { namespaces: [{ type: 'mount' }, { type: 'user' }] } }, /needs mappings/);
  refused({ ...SPEC, linux: { ...SPEC.linux, personality: { domain: 'LINUX32' } } }, /personality LINUX32/);
  refused({ ...SPEC, linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }, { type: 'pid' }] } }, /duplicated/);
  refused({ ...SPEC, linux: { namespaces: [] } }, /mount namespace/);
  refused({ ...SPEC, hooks: { prestart: [{ path: 'here' }] } }, /has to be absolute/);
  refused({ ...SPEC, mounts: 'x' }, /mounts has to be a list/);
});

test('a bundle without the file', () => {
  assert.throws(
    () => readBundle('/no/such', 'id'),
    (error) => isCode(error, 'OCI_CONFIG') && /no such file or directory/.test(String(error)),
  );
});
