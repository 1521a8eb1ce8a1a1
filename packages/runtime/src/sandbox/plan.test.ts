import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inChild, printProgram } from '@wharf/linux';
import type { OciNamespace } from '@wharf/spec';
import { cloneFlags, planSandbox } from './plan.ts';

const ALL: readonly OciNamespace[] = (['mount', 'uts', 'ipc', 'pid', 'network', 'cgroup'] as const).map((type) => ({
  type,
}));

test('a sandbox of its own on version 1: groups, clone, moved, private, loopback, network', () => {
  const plan = {
    directory: '/run/s/1',
    namespaces: ALL,
    cgroup: {
      v2Directory: '',
      directories: ['/cg/cpuset/1', '/cg/memory/1'],
      early: [{ path: '/cg/cpuset/1/cpuset.cpus', data: '0-1', optional: true }],
      procsFiles: ['/cg/cpuset/1/cgroup.procs'],
    },
    network: [inChild({ op: 'UMASK', mask: 0 }, { note: 'stands for the network' })],
  };
  assert.deepEqual(printProgram(planSandbox(plan)), [
    'host  LISTEN directory="/run/s/1"',
    'host  MKDIR path="/cg/cpuset/1" mode=493  # tolerate=17',
    'host  MKDIR path="/cg/memory/1" mode=493  # tolerate=17',
    'host  WRITE_FILE path="/cg/cpuset/1/cpuset.cpus" flags=1 mode=0 data="0-1"  # optional',
    'host  CLONE flags=1812070400 cgroup=""',
    'host  WRITE_PID path="/cg/cpuset/1/cgroup.procs"',
    'child UNSHARE flags=33554432',
    'child SESSION',
    'child MOUNT source="" target="/" fstype="" flags=540672 data=""',
    'child LINK_LOCAL_UP',
    'child UMASK mask=0  # stands for the network',
  ]);
});

test('joined namespaces are entered before the clone, and a joined network is left alone', () => {
  const namespaces = [
    { type: 'mount' as const },
    { type: 'pid' as const, path: '/proc/7/ns/pid' },
    { type: 'network' as const, path: '/proc/7/ns/net' },
  ];
  const cgroup = { v2Directory: '/cg/1', directories: [], early: [], procsFiles: [] };
  assert.deepEqual(printProgram(planSandbox({ directory: '/d', namespaces, cgroup, network: [] })), [
    'host  LISTEN directory="/d"',
    'host  SETNS path="/proc/7/ns/pid" type=536870912',
    'host  SETNS path="/proc/7/ns/net" type=1073741824',
    'host  CLONE flags=131072 cgroup="/cg/1"',
    'child SESSION',
    'child MOUNT source="" target="/" fstype="" flags=540672 data=""',
  ]);
  assert.equal(cloneFlags([]), 0);
});
