import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { printProgram } from '@wharf/linux';
import type { OciConfig } from '@wharf/spec';
import { configOf, contextOf, MOUNTS } from './config.test-helper.ts';
import { heldSteps } from './held.ts';
import { type LowerContext, lowerConfig } from './lower.ts';
import { lowerRootfs } from './rootfs.ts';

const GOLDEN = join(import.meta.dirname, 'testdata');

/** Compares with the golden file; WHARF_RECORD=1 writes it. */
function matches(name: string, config: OciConfig, context: LowerContext): void {
  const file = join(GOLDEN, `${name}.golden`);
  const text = `${printProgram(lowerConfig(config, context)).join('\n')}\n`;
  if (process.env['WHARF_RECORD'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
}

test('a plain container', () => {
  matches('plain', configOf(), contextOf());
});

test('for a caller that speaks the command line of OCI runtimes the process waits, with inherited streams', () => {
  const held = { gate: '/state/gate', console: '/tmp/console', monitor: false };
  const lines = (terminal: boolean) =>
    printProgram(lowerConfig(configOf({ process: { terminal } }), contextOf({ held }))).map(
      (line) => line.split(' #')[0],
    );
  const program = lines(false);
  assert.equal(
    program.some((line) => line?.includes('STDIO')),
    false,
  );
  assert.match(program.at(-1) ?? '', /^child EXEC/);
  assert.ok(lines(true).includes('child STDIO mode=3 rows=0 columns=0'));
  const first = printProgram(heldSteps(held));
  assert.deepEqual(first, ['child GATE path="/state/gate"', 'child CONSOLE path="/tmp/console"']);
});

test('a terminal, a user, limits, a filter, an init, a log', () => {
  const user = { uid: 1000, gid: 100, additionalGids: [4, 24], umask: 0o27 };
  const rlimits = [
    { type: 'RLIMIT_NOFILE', soft: 1024, hard: -1 },
    { type: 'RLIMIT_UNHEARD_OF', soft: 1, hard: 1 },
  ];
  const config = configOf({
    process: { terminal: true, consoleSize: { height: 24, width: 80 }, user, rlimits, oomScoreAdj: -5, cwd: '/work' },
    root: { path: '/staging', readonly: true },
    linux: { sysctl: { 'net.ipv4.ip_forward': '1' } },
  });
  const context = contextOf({
    filter: Buffer.from([6, 0, 0, 0, 0, 0, 0xff, 0x7f]),
    init: true,
    openStdin: true,
    stdinOnce: true,
    log: { path: '/c/json.log', maxSize: 1000, maxFiles: 3 },
    oom: { path: '/cg/memory.events', key: 'oom_kill' },
  });
  matches('full', config, context);
});

test('in a user namespace: layers, binds and devices by the cell, own file systems by the child', () => {
  const bind = { destination: '/v', type: 'bind', source: '/host', options: ['rbind', 'rshared', 'rro', 'idmap'] };
  const process = { oomScoreAdj: 7, rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 2 }] };
  const odd = { path: '/opt/zero', type: 'c', major: 1, minor: 5, fileMode: 0o666, uid: 0, gid: 0 } as const;
  const devices = [...configOf().linux.devices, odd];
  const config = configOf({ mounts: [...MOUNTS, bind], process, linux: { devices } });
  matches('mapped', config, contextOf({ user: { rootUid: 100_000, rootGid: 200_000, joined: false } }));
});

test('in the user namespace of another container the child has its /proc already', () => {
  const context = contextOf({ user: { rootUid: 100_000, rootGid: 200_000, joined: true } });
  const program = printProgram(lowerConfig(configOf(), context));
  const at = program.indexOf('child ROOT path=""');
  assert.match(program[at + 1] ?? '', /^child BIND source="" target="\/proc"/);
  assert.ok(!program.some((line) => line.includes('fstype="proc"')));
});

test('binds: depth of read-only and of propagation, cgroup version 1, a /dev of the user', () => {
  const bind = (destination: string, ...options: string[]) => ({ destination, type: 'bind', source: '/host', options });
  const cgroup = { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro', 'nosuid'] };
  const mounts = [
    ...MOUNTS.filter(({ destination }) => destination === '/proc'),
    cgroup,
    bind('/dev', 'rbind', 'rprivate'),
    bind('/one', 'rbind', 'rprivate', 'ro'),
    bind('/two', 'rbind', 'rprivate', 'rro'),
    bind('/three', 'bind', 'ro'),
    bind('/four', 'rbind', 'rslave'),
    bind('/five', 'rbind', 'slave', 'rro'),
  ];
  const hierarchies = [{ name: 'memory', path: '/sys/fs/cgroup/memory/w/x' }];
  matches('binds', configOf({ mounts }), contextOf({ cgroup: { version: 1, hierarchies } }));
});

test('a filter comes before the capabilities go, and after no_new_privs where that allows it', () => {
  const context = contextOf({ filter: Buffer.alloc(8) });
  const order = (noNewPrivileges: boolean) =>
    lowerConfig(configOf({ process: { noNewPrivileges } }), context)
      .map(({ op }) => op.op)
      .filter((op) => ['SECCOMP', 'USER', 'CAPABILITIES', 'NO_NEW_PRIVILEGES', 'EXEC'].includes(op));
  assert.deepEqual(order(false), ['SECCOMP', 'USER', 'CAPABILITIES', 'EXEC']);
  assert.deepEqual(order(true), ['USER', 'CAPABILITIES', 'NO_NEW_PRIVILEGES', 'SECCOMP', 'EXEC']);
});

test('layers: one option each, or short names from their common directory', () => {
  const print = (lowerdirPlus: boolean, lower: string[]) =>
    printProgram(
      lowerRootfs({ kind: 'overlay', lower, upper: '/d/c/upper', work: '/d/c/work' }, '/staging', { lowerdirPlus }),
    );
  assert.deepEqual(print(false, ['/d/l/2', '/d/l/1']), [
    'child CHDIR path="/d"',
    'child MOUNT source="overlay" target="/staging" fstype="overlay" flags=0 data="lowerdir=l/2:l/1,upperdir=c/upper,workdir=c/work"',
    'child CHDIR path="/"',
    'child ROOT path="/staging"',
  ]);
  // An option of fsconfig(2) holds 255 bytes.
  assert.match(print(true, [`/d/${'x'.repeat(250)}`]).join(), /lowerdir=x{250},/);
  assert.deepEqual(print(false, ['/other/1']).slice(0, 1), ['child CHDIR path="/"']);
  assert.deepEqual(printProgram(lowerRootfs({ kind: 'directory', path: '/r' }, '/staging', { lowerdirPlus: true })), [
    'child MOUNT source="/r" target="/staging" fstype="" flags=20480 data=""',
    'child ROOT path="/staging"',
  ]);
});
