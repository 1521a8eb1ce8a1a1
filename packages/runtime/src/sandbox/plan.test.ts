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
    'child WRITE_FILE path="/cg/cpuset/1/tasks" flags=1 mode=0 data="0"',
    'child UNSHARE flags=33554432',
    'child SESSION',
    'child MOUNT source="" target="/" fstype="" flags=540672 data=""',
    'child LINK_LOCAL_UP',
    'child UMASK mask=0  # stands for the network',
  ]);
});

const PLAIN = { directory: '/d', cgroup: { v2Directory: '', directories: [], early: [], procsFiles: [] }, network: [] };

test('a new user namespace comes with the clone; its maps are written from outside', () => {
  const range = [
    { containerID: 0, hostID: 100_000, size: 1000 },
    { containerID: 1000, hostID: 5, size: 1 },
  ];
  const user = { staging: '/run/root', idMaps: { uid: range, gid: range } };
  assert.deepEqual(printProgram(planSandbox({ ...PLAIN, namespaces: [...ALL, { type: 'user' }], user })), [
    'host  LISTEN directory="/d"',
    'host  CHDIR path="/run/root"',
    'host  CLONE flags=2080505856 cgroup=""',
    'host  CHDIR path="/"',
    'host  WRITE_CHILD_PROC name="uid_map" data="0 100000 1000\\n1000 5 1\\n"',
    'host  WRITE_CHILD_PROC name="gid_map" data="0 100000 1000\\n1000 5 1\\n"',
    'child USER uid=0 gid=0 groups=""',
    'child UNSHARE flags=33554432',
    'child SESSION',
    'child MOUNT source="" target="/" fstype="" flags=540672 data=""',
    'child LINK_LOCAL_UP',
  ]);
});

test('namespaces of a container in the user namespace of another belong to that', () => {
  const namespaces: readonly OciNamespace[] = [
    { type: 'mount' },
    { type: 'pid' },
    { type: 'uts' },
    { type: 'network', path: '/proc/7/ns/net' },
    { type: 'user', path: '/proc/7/ns/user' },
  ];
  assert.deepEqual(printProgram(planSandbox({ ...PLAIN, namespaces, user: { staging: '/run/root' } })), [
    'host  LISTEN directory="/d"',
    'host  SETNS path="/proc/7/ns/net" type=1073741824',
    'host  CHDIR path="/run/root"',
    'host  CLONE flags=536870912 cgroup=""',
    'host  CHDIR path="/"',
    'child FSMOUNT fstype="proc" options=["source=proc"] attributes=14 flags=2 target=""',
    'child SETNS path="/proc/7/ns/user" type=268435456',
    'child UNSHARE flags=67239936',
    'child USER uid=0 gid=0 groups=""',
    'child SESSION',
    'child MOUNT source="" target="/" fstype="" flags=540672 data=""',
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
