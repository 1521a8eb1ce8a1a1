import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import type { OciResources } from '@wharf/spec';
import { cpuWeight, ioWeight, swapMax } from './convert.ts';
import { type CgroupFeatures, OPTIONAL_FILES } from './features.ts';
import { cgroupDirectories, detectCgroups } from './layout.ts';
import { type CurrentLimits, planCgroup, planParent } from './plan.ts';

const V1 = detectCgroups({
  mountinfo: [
    '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct',
    '34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset',
    '35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory',
    '36 31 0:32 / /elsewhere/memory rw - cgroup cgroup rw,memory',
    '37 31 0:33 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices',
    '38 31 0:34 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
    '39 31 0:35 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio',
    '40 31 0:36 / /sys/fs/cgroup/hugetlb rw - cgroup cgroup rw,hugetlb',
    '41 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd',
  ].join('\n'),
  cgroup: '9:name=systemd:/\n7:blkio:/\n6:hugetlb:/\n5:devices:/\n4:memory:/\n3:cpuset:/\n2:cpu,cpuacct:/\n1:pids:/\n',
});
const V2 = detectCgroups({
  mountinfo: '31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate',
  cgroup: '0::/init.scope\n',
});

const ALL: CgroupFeatures = {
  controllers: new Set(['cpu', 'cpuset', 'memory', 'pids', 'io', 'devices', 'freezer']),
  files: new Set(
    Object.values(OPTIONAL_FILES)
      .flat()
      .filter((file) => !file.includes('bfq')),
  ),
  cpus: '0-1',
  mems: '0',
};
const NONE: CgroupFeatures = { ...ALL, files: new Set() };

const EVERYTHING: OciResources = {
  memory: { limit: 64, swap: 128, reservation: 32, swappiness: 10, disableOOMKiller: true },
  cpu: {
    shares: 512,
    quota: 50_000,
    period: 100_000,
    cpus: '0',
    mems: '0',
    realtimePeriod: 1000,
    realtimeRuntime: 900,
  },
  pids: { limit: 20 },
  blockIO: {
    weight: 500,
    weightDevice: [{ major: 8, minor: 0, weight: 100 }],
    throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1 }],
    throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 2 }],
    throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 3 }],
    throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 4 }],
  },
  hugepageLimits: [{ pageSize: '2MB', limit: 4096 }],
};

function writes(layout: typeof V1, resources: OciResources, current?: CurrentLimits, features = ALL): string[] {
  const request = { layout, features, path: '/wharf/c1', resources, ...(current ? { current } : {}) };
  return planCgroup(request).writes.map(
    ({ path, data }) => `${path.replace(/^\/sys\/fs\/cgroup\/(\w+,?\w*\/)?wharf\/c1\//, '')}=${data}`,
  );
}

test('the mode and the mount points are found in the texts of proc', () => {
  assert.equal(V1.mode, 'v1');
  assert.equal(V1.controllers.get('memory'), '/sys/fs/cgroup/memory');
  assert.equal(V1.controllers.get('cpuacct'), V1.controllers.get('cpu'));
  assert.deepEqual([V2.mode, V2.delegated], ['v2', true]);
  const plain = detectCgroups({ mountinfo: '31 23 0:28 / /cg rw - cgroup2 cgroup2 rw', cgroup: '0::/\n' });
  assert.equal(plain.delegated ?? false, false);
  const hybrid = detectCgroups({
    mountinfo:
      '31 23 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n32 31 0:29 / /my\\040cg rw - cgroup cgroup rw,memory',
    cgroup: '1:memory:/\n0::/\n',
  });
  assert.deepEqual(
    [hybrid.mode, hybrid.unified, hybrid.controllers.get('memory')],
    ['hybrid', '/sys/fs/cgroup/unified', '/my cg'],
  );
  assert.throws(() => detectCgroups({ mountinfo: '', cgroup: '' }), { code: 'CGROUPS_UNUSABLE' });
});

test('controllers that share a hierarchy share a directory, and a path cannot leave it', () => {
  assert.equal(cgroupDirectories(V1, 'wharf//c1').filter((directory) => directory.includes('cpu,cpuacct')).length, 1);
  assert.deepEqual(cgroupDirectories(V2, '/wharf/c1'), ['/sys/fs/cgroup/wharf/c1']);
  for (const path of ['', '/', '/a/../..', '..']) {
    assert.throws(() => cgroupDirectories(V2, path), { code: 'INVALID_RESOURCES' });
  }
});

test('all limits as v1 writes', () => {
  assert.deepEqual(writes(V1, EVERYTHING), [
    'memory.limit_in_bytes=64',
    'memory.memsw.limit_in_bytes=128',
    'memory.soft_limit_in_bytes=32',
    'memory.swappiness=10',
    'memory.oom_control=1',
    'cpu.shares=512',
    'cpu.rt_period_us=1000',
    'cpu.rt_runtime_us=900',
    'cpu.cfs_period_us=100000',
    'cpu.cfs_quota_us=50000',
    'cpuset.cpus=0',
    'cpuset.mems=0',
    'pids.max=20',
    'blkio.weight=500',
    'blkio.weight_device=8:0 100',
    'blkio.throttle.read_bps_device=8:0 1',
    'blkio.throttle.write_bps_device=8:0 2',
    'blkio.throttle.read_iops_device=8:0 3',
    'blkio.throttle.write_iops_device=8:16 4',
    'hugetlb.2MB.limit_in_bytes=4096',
  ]);
});

test('all limits as v2 writes', () => {
  assert.deepEqual(writes(V2, { ...EVERYTHING, unified: { 'memory.high': '1000' } }), [
    'memory.swap.max=64',
    'memory.max=64',
    'memory.low=32',
    'cpu.weight=59',
    'cpu.max=50000 100000',
    'cpuset.cpus=0',
    'cpuset.mems=0',
    'pids.max=20',
    'io.weight=default 4950',
    'io.weight=8:0 910',
    'io.max=8:0 rbps=1',
    'io.max=8:0 wbps=2',
    'io.max=8:0 riops=3',
    'io.max=8:16 wiops=4',
    'hugetlb.2MB.max=4096',
    'hugetlb.2MB.rsvd.max=4096',
    'memory.high=1000',
  ]);
});

test('with the BFQ files only, weights go there', () => {
  const files = new Set(['blkio.bfq.weight', 'io.bfq.weight', 'io.weight']);
  assert.deepEqual(writes(V1, { blockIO: { weight: 500 } }, undefined, { ...ALL, files }), ['blkio.bfq.weight=500']);
  assert.deepEqual(writes(V2, { blockIO: { weight: 500 } }, undefined, { ...ALL, files }), ['io.bfq.weight=500']);
});

test('the weight of a device is left out where nothing on it knows weights, unless the BFQ scheduler is there', () => {
  const plan = (files: readonly string[]) =>
    planCgroup({
      layout: V2,
      features: { ...ALL, files: new Set(files) },
      path: '/wharf/c1',
      resources: { blockIO: { weightDevice: [{ major: 8, minor: 0, weight: 100 }] } },
    }).writes.map(({ path, data, optional }) => [basename(path), data, optional ?? false]);
  assert.deepEqual(plan(['io.weight']), [['io.weight', '8:0 910', true]]);
  assert.deepEqual(plan(['io.weight', 'io.bfq.weight']), [['io.bfq.weight', '8:0 100', false]]);
});

test('when limits grow the sum of memory and swap grows first, when they shrink it shrinks last', () => {
  const grown: OciResources = { memory: { limit: 200, swap: 400 } };
  const order = (resources: OciResources, current?: CurrentLimits) =>
    writes(V1, resources, current).map((write) => write.split('=')[0]);
  const [limit, sum] = ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'];
  assert.deepEqual(order(grown), [limit, sum]);
  assert.deepEqual(order(grown, { limit: 100, swap: 150 }), [sum, limit]);
  assert.deepEqual(order(grown, { limit: 300, swap: 600 }), [limit, sum]);
  assert.deepEqual(order({ memory: { limit: -1 } }, { limit: 300, swap: 600 }), [sum, limit]);
});

test('no limit is -1 in v1 and max in v2', () => {
  const resources: OciResources = { memory: { limit: -1, swap: -1 }, pids: { limit: -1 }, cpu: { quota: -1 } };
  assert.deepEqual(writes(V1, resources), [
    'memory.limit_in_bytes=-1',
    'memory.memsw.limit_in_bytes=-1',
    'cpu.cfs_quota_us=-1',
    'pids.max=max',
  ]);
  assert.deepEqual(writes(V2, resources), [
    'memory.swap.max=max',
    'memory.max=max',
    'cpu.max=max 100000',
    'pids.max=max',
  ]);
});

test("what the kernel lacks is left out with Docker's warning", () => {
  const plan = planCgroup({ layout: V1, features: NONE, path: '/wharf/c1', resources: EVERYTHING });
  assert.deepEqual(
    plan.writes.map(({ data }) => data),
    ['4096'],
  );
  assert.ok(
    plan.warnings.includes(
      'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    ),
  );
  assert.ok(
    plan.warnings.includes(
      'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
    ),
  );
  const noSwap = { ...ALL, files: new Set([...ALL.files].filter((file) => !file.includes('memsw'))) };
  const swapless = planCgroup({
    layout: V1,
    features: noSwap,
    path: '/wharf/c1',
    resources: { memory: { limit: 64, swap: 128 } },
  });
  assert.deepEqual(swapless.warnings, [
    'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
  ]);
  assert.deepEqual(
    swapless.writes.map(({ data }) => data),
    ['64'],
  );
  const v2 = planCgroup({
    layout: V2,
    features: ALL,
    path: '/wharf/c1',
    resources: { memory: { swappiness: 5 }, cpu: {} },
  });
  assert.deepEqual([v2.writes, v2.warnings.length], [[], 1]);
});

test('conversions keep the least, the default and the most', () => {
  assert.deepEqual([0, 2, 1024, 262144].map(cpuWeight), [0, 1, 100, 10000]);
  assert.deepEqual([0, 10, 1000].map(ioWeight), [0, 1, 10000]);
  assert.deepEqual(
    [swapMax(0, 64), swapMax(-1, 64), swapMax(64, 64), swapMax(128, 64), swapMax(0, -1)],
    [undefined, -1, 0, 64, -1],
  );
  assert.throws(() => swapMax(32, 64), { code: 'INVALID_RESOURCES' });
});

test('devices are written one by one in v1 and compiled in v2', () => {
  const resources: OciResources = {
    devices: [
      { allow: false, access: 'rwm' },
      { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
      { allow: true, type: 'c', access: 'm' },
    ],
  };
  assert.deepEqual(writes(V1, resources), ['devices.deny=a', 'devices.allow=c 1:3 rwm', 'devices.allow=c *:* m']);
  const plan = planCgroup({ layout: V2, features: ALL, path: '/wharf/c1', resources });
  assert.equal((plan.deviceProgram?.length ?? 0) % 8, 0);
  assert.equal(plan.v2Directory, '/sys/fs/cgroup/wharf/c1');
  assert.equal(
    planCgroup({ layout: V2, features: ALL, path: '/wharf/c1', resources: { devices: [{ allow: true }] } })
      .deviceProgram,
    undefined,
  );
});

test('contradictions and names that are no files are refused', () => {
  const refuse = (layout: typeof V1, resources: OciResources) =>
    assert.throws(() => planCgroup({ layout, features: ALL, path: '/wharf/c1', resources }), {
      code: 'INVALID_RESOURCES',
    });
  refuse(V1, { unified: { 'memory.high': '1' } });
  refuse(V2, { unified: { '../../x': '1' } });
  refuse(V2, { unified: { 'cgroup.kill': '1' } });
  refuse(V2, { hugepageLimits: [{ pageSize: '../x', limit: 1 }] });
  refuse(V2, { memory: { limit: 64, swap: 32 } });
  refuse(V1, { devices: [{ allow: true, type: 'c', access: 'x' }] });
});

test('parents hand down processors on v1 and controllers on v2', () => {
  const v1 = planParent({ layout: V1, features: ALL, path: '/wharf' });
  assert.deepEqual(
    v1.writes.map(({ data }) => data),
    ['0-1', '0', '1'],
  );
  const v2 = planParent({ layout: V2, features: ALL, path: '/a/b' });
  assert.deepEqual(v2.directories, ['/sys/fs/cgroup/a', '/sys/fs/cgroup/a/b']);
  assert.deepEqual(new Set(v2.writes.map(({ data }) => data)), new Set(['+cpu', '+cpuset', '+memory', '+pids', '+io']));
  assert.equal(v2.writes[0]?.path, '/sys/fs/cgroup/cgroup.subtree_control');
});
