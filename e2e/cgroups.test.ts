import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually, type TestEngine } from '@wharf/testkit';
import {
  blockDevice,
  computed,
  eventsOf,
  groupFile,
  groupOf,
  inspect,
  isFrozen,
  limitsOf,
  MIB,
  NEST,
  output,
  processesBelow,
  remove,
  startWith,
  statsOf,
  TRY,
  V2,
  weight,
} from './support/control-groups.ts';
import { suite } from './support/suite.ts';

suite('control groups', { programs: ['hog'] }, ({ once, ours }) => {
  once('every limit of a container stands in the files of its group', async ({ engine }) => {
    const { id, pid } = await startWith(engine, {
      Memory: 64 * MIB,
      MemorySwap: 96 * MIB,
      MemoryReservation: 32 * MIB,
      CpuShares: 512,
      CpuPeriod: 50_000,
      CpuQuota: 25_000,
      CpusetCpus: '0',
      CpusetMems: '0',
      PidsLimit: 42,
    });
    const { swap, reservation, shares, ...rest } = limitsOf(pid);
    assert.deepEqual(rest, { memory: String(64 * MIB), quota: '25000 50000', cpus: '0', memoryNodes: '0', pids: '42' });
    assert.equal(reservation, String(32 * MIB));
    if (swap !== undefined) assert.equal(swap, String(32 * MIB));
    assert.equal(shares, V2 ? weight('59', '20') : '512');
    await remove(engine, id);
  });

  once('a container without limits has none', async ({ engine }) => {
    const { id, pid } = await startWith(engine, {});
    const { memory, quota, pids } = limitsOf(pid);
    assert.deepEqual(
      { memory, quota, pids },
      V2
        ? { memory: 'max', quota: 'max 100000', pids: 'max' }
        : { memory: '9223372036854771712', quota: '-1 100000', pids: 'max' },
    );
    await remove(engine, id);
  });

  once('what is set from inside the container is what it sees', async ({ engine }) => {
    const { id, pid } = await startWith(engine, { Memory: 64 * MIB, PidsLimit: 33 });
    const inside = (v1: string, v2: string) =>
      readFileSync(join(`/proc/${pid}/root/sys/fs/cgroup`, V2 ? v2 : v1), 'utf8').trim();
    assert.equal(inside('memory/memory.limit_in_bytes', 'memory.max'), String(64 * MIB));
    assert.equal(inside('pids/pids.max', 'pids.max'), '33');
    await remove(engine, id);
  });

  once('limits of a block device: rates and weights', async ({ engine, t }) => {
    const device = blockDevice();
    if (device === undefined) return t.skip('no block device');
    const rate = (Rate: number) => [{ Path: device.path, Rate }];
    const { id, pid } = await startWith(engine, {
      BlkioDeviceReadBps: rate(MIB),
      BlkioDeviceWriteBps: rate(2 * MIB),
      BlkioDeviceReadIOps: rate(100),
      BlkioDeviceWriteIOps: rate(200),
      BlkioWeight: 500,
    });
    if (V2) {
      const all = `${device.numbers} rbps=${MIB} wbps=${2 * MIB} riops=100 wiops=200`;
      assert.equal(groupFile(pid, ['blkio', ''], 'io.max'), all);
      const bfq = groupFile(pid, ['blkio', ''], 'io.bfq.weight');
      const weight = bfq ?? groupFile(pid, ['blkio', ''], 'io.weight');
      assert.equal(weight, bfq === undefined ? 'default 4950' : 'default 500');
    } else {
      const throttle = (name: string) => groupFile(pid, ['blkio', `blkio.throttle.${name}_device`], '');
      assert.equal(throttle('read_bps'), `${device.numbers} ${MIB}`);
      assert.equal(throttle('write_bps'), `${device.numbers} ${2 * MIB}`);
      assert.equal(throttle('read_iops'), `${device.numbers} 100`);
      assert.equal(throttle('write_iops'), `${device.numbers} 200`);
    }
    await remove(engine, id);
  });

  once('update changes the files at once', async ({ engine }) => {
    const { id, pid } = await startWith(engine, { Memory: 64 * MIB, CpuQuota: 50_000, PidsLimit: 10 });
    const update = async (changes: object) => {
      const { status, text } = await engine.api('POST', `/containers/${id}/update`, changes);
      assert.equal(status, 200, text);
    };
    await update({ Memory: 128 * MIB, MemorySwap: 256 * MIB, MemoryReservation: 16 * MIB, PidsLimit: 20 });
    await update({ CpuQuota: 20_000, CpuPeriod: 40_000, CpuShares: 2048, CpusetCpus: '0' });
    const { swap, shares, memoryNodes: _, ...rest } = limitsOf(pid);
    assert.deepEqual(rest, {
      ...{ memory: String(128 * MIB), reservation: String(16 * MIB) },
      ...{ quota: '20000 40000', cpus: '0', pids: '20' },
    });
    if (swap !== undefined) assert.equal(swap, String(128 * MIB));
    assert.equal(shares, V2 ? weight('174', '79') : '2048');
    await update({ Memory: 32 * MIB, MemorySwap: 32 * MIB, PidsLimit: -1, CpuQuota: -1 });
    const now = limitsOf(pid);
    assert.deepEqual([now['memory'], now['pids']], [String(32 * MIB), 'max']);
    assert.equal(now['quota'], V2 ? 'max 40000' : '-1 40000');
    if (now['swap'] !== undefined) assert.equal(now['swap'], '0');
    await remove(engine, id);
  });

  ours('the controllers are handed down from the root', async ({ engine, t }) => {
    if (!V2) return t.skip('cgroup v1 has nothing to hand down');
    const { id, pid } = await startWith(engine, {});
    const controllers = (at: string) => readFileSync(join(at, 'cgroup.subtree_control'), 'utf8').trim().split(' ');
    for (const at of ['/sys/fs/cgroup', join(groupOf(pid, ''), '..')]) {
      for (const name of ['cpu', 'cpuset', 'io', 'memory', 'pids'])
        assert.ok(controllers(at).includes(name), `${at} ${name}`);
    }
    await remove(engine, id);
  });

  once('stats are what the kernel counts: memory, processes, processor time', async ({ engine }) => {
    const script = `dd if=/dev/zero of=/dev/shm/x bs=1M count=24 2>/dev/null
      for i in 1 2 3 4; do sleep 600 & done; i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; echo done; wait`;
    const { id, pid } = await startWith(engine, { Memory: 128 * MIB, PidsLimit: 20, CpuQuota: 30_000 }, script);
    await eventually(async () => (await output(engine, id)) === 'done\n', { within: 60_000 });
    const before = computed(pid);
    const stats = await statsOf(engine, id);
    const after = computed(pid);
    const used = stats.cpu_stats.cpu_usage.total_usage;
    assert.ok(before <= used && used <= after && used > 0, `${before} <= ${used} <= ${after}`);
    assert.ok(stats.cpu_stats.cpu_usage.usage_in_usermode <= used + 20_000_000);
    assert.ok(stats.cpu_stats.throttling_data.periods > 0);
    assert.deepEqual(stats.pids_stats, { current: 5, limit: 20 });
    const { usage, limit } = stats.memory_stats;
    assert.ok(usage >= 24 * MIB && usage < 40 * MIB, `${usage} bytes`);
    assert.equal(limit, 128 * MIB);
    await remove(engine, id);
  });

  once('stats count what is read of a block device', async ({ engine, t }) => {
    const device = blockDevice();
    if (!device?.readable) return t.skip('no block device that can be opened');
    const { id } = await startWith(
      engine,
      { Devices: [{ PathOnHost: device.path, PathInContainer: '/dev/disk', CgroupPermissions: 'r' }] },
      'dd if=/dev/disk of=/dev/null bs=64k count=32 iflag=direct 2>/dev/null; echo done; exec sleep 600',
    );
    await eventually(async () => (await output(engine, id)) === 'done\n');
    const entries = (await statsOf(engine, id)).blkio_stats.io_service_bytes_recursive ?? [];
    const read = entries.filter(
      ({ major, minor, op }) => `${major}:${minor}` === device.numbers && op.toLowerCase() === 'read',
    );
    assert.deepEqual(
      read.map(({ value }) => value),
      [2 * MIB],
    );
    await remove(engine, id);
  });

  once('a container that is killed for memory says so: state, exit code, event', async ({ engine }) => {
    const { id } = await startWith(engine, { Memory: 32 * MIB, MemorySwap: 32 * MIB }, 'exec /t/hog 200', 'programs');
    await eventually(async () => (await inspect(engine, id)).Status === 'exited', { within: 60_000 });
    const { OOMKilled, ExitCode } = await inspect(engine, id);
    assert.deepEqual({ OOMKilled, ExitCode }, { OOMKilled: true, ExitCode: 137 });
    assert.deepEqual((await eventsOf(engine, id, 'oom', 'die')).sort(), ['die', 'oom']);
    await remove(engine, id);
  });

  ours(
    'a killed child of a container that lives on is told: by inspect at once, by an event at once in v2',
    async ({ engine }) => {
      const script = '/t/hog 200; echo survived; exec sleep 600';
      const { id } = await startWith(engine, { Memory: 32 * MIB, MemorySwap: 32 * MIB }, script, 'programs');
      await eventually(async () => (await output(engine, id)).includes('survived'), { within: 60_000 });
      await eventually(async () => (await inspect(engine, id)).OOMKilled);
      assert.equal((await inspect(engine, id)).Status, 'running');
      if (V2) assert.deepEqual(await eventsOf(engine, id, 'oom'), ['oom']);
      assert.equal((await engine.api('POST', `/containers/${id}/kill`)).status, 204);
      await eventually(async () => (await inspect(engine, id)).Status === 'exited');
      assert.equal((await inspect(engine, id)).OOMKilled, true);
      assert.deepEqual((await eventsOf(engine, id, 'oom', 'die')).sort(), ['die', 'oom']);
      await remove(engine, id);
    },
  );

  once('a container that ends by itself below its limit was not killed for memory', async ({ engine }) => {
    const { id } = await startWith(engine, { Memory: 32 * MIB }, 'exec /t/hog 8', 'programs');
    await eventually(async () => (await inspect(engine, id)).Status === 'exited', { within: 60_000 });
    const { OOMKilled, ExitCode } = await inspect(engine, id);
    assert.deepEqual({ OOMKilled, ExitCode }, { OOMKilled: false, ExitCode: 0 });
    await remove(engine, id);
  });

  once('pause stops every process, unpause lets them go on, kill ends a paused one', async ({ engine }) => {
    const { id, pid } = await startWith(engine, {}, 'sleep 600 & exec sleep 600');
    const post = async (verb: string) =>
      assert.equal((await engine.api('POST', `/containers/${id}/${verb}`)).status, 204);
    await post('pause');
    assert.equal(isFrozen(pid), true);
    await post('unpause');
    assert.equal(isFrozen(pid), false);
    await post('pause');
    await post('kill');
    await eventually(async () => (await inspect(engine, id)).Status === 'exited');
    assert.equal((await inspect(engine, id)).ExitCode, 137);
    await remove(engine, id);
    const other = await startWith(engine, {});
    assert.equal((await engine.api('POST', `/containers/${other.id}/pause`)).status, 204);
    const group = groupOf(other.pid, 'freezer');
    await remove(engine, other.id);
    await eventually(() => !existsSync(group));
  });

  ours('after the engine was killed: use, limits, freezer and end of a running container', async ({ engine, cli }) => {
    const { id, pid } = await startWith(engine, { Memory: 64 * MIB, PidsLimit: 10 });
    const frozen = await startWith(engine, {});
    assert.equal((await engine.api('POST', `/containers/${frozen.id}/pause`)).status, 204);
    await engine.kill9();
    await engine.start();
    assert.equal((await inspect(engine, id)).Pid, pid);
    assert.deepEqual((await statsOf(engine, id)).pids_stats, { current: 1, limit: 10 });
    assert.equal((await engine.api('POST', `/containers/${id}/update`, { PidsLimit: 12 })).status, 200);
    assert.equal(limitsOf(pid)['pids'], '12');
    assert.equal(await cli.ok(['exec', id, 'echo', 'here']), 'here');
    assert.equal((await inspect(engine, frozen.id)).Status, 'paused');
    assert.equal((await engine.api('POST', `/containers/${frozen.id}/unpause`)).status, 204);
    assert.equal(isFrozen(frozen.pid), false);
    const groups = [groupOf(pid, 'memory'), groupOf(frozen.pid, 'memory')];
    await remove(engine, id);
    await remove(engine, frozen.id);
    await eventually(() => groups.every((group) => !existsSync(group)));
  });

  const results = async (engine: TestEngine, hostConfig: Readonly<Record<string, unknown>>) => {
    const { id } = await startWith(engine, hostConfig, TRY);
    await eventually(async () => (await inspect(engine, id)).Status === 'exited', { within: 60_000 });
    const lines = (await output(engine, id)).trim().split('\n');
    await remove(engine, id);
    return lines;
  };

  once('devices that nobody allowed cannot be opened', async ({ engine }) => {
    const refused = [1, 2, 3, 4, 5, 6].map((n) => `${n} no no no`);
    assert.deepEqual(await results(engine, {}), [...refused, 'null', 'zero']);
  });

  once(
    '--device-cgroup-rule allows reading, writing, or both, of one number, of all, of one type',
    async ({ engine }) => {
      const rules = ['c 240:1 r', 'c 240:2 w', 'c 240:3 rw', 'c 240:4 m', 'b 240:* rwm'];
      assert.deepEqual(await results(engine, { DeviceCgroupRules: rules }), [
        '1 yes no no',
        '2 no yes no',
        '3 yes yes yes',
        '4 no no no',
        '5 no no no',
        '6 yes yes yes',
        'null',
        'zero',
      ]);
      const all = [1, 2, 3, 4, 5].map((n) => `${n} yes yes yes`);
      assert.deepEqual(await results(engine, { DeviceCgroupRules: ['c *:* rwm'] }), [
        ...all,
        '6 no no no',
        'null',
        'zero',
      ]);
    },
  );

  // Not for the oracle where the machine itself lacks capabilities.
  (V2 ? once : ours)('--privileged may open everything', async ({ engine }) => {
    const allowed = [1, 2, 3, 4, 5, 6].map((n) => `${n} yes yes yes`);
    assert.deepEqual(await results(engine, { Privileged: true }), [...allowed, 'null', 'zero']);
  });

  once('--device gives a device with the asked access only', async ({ engine, t }) => {
    const device = blockDevice();
    if (!device?.readable) return t.skip('no block device that can be opened');
    const access = async (CgroupPermissions: string) => {
      const Devices = [{ PathOnHost: device.path, PathInContainer: '/dev/disk', CgroupPermissions }];
      const { id } = await startWith(engine, { Devices }, `sh -c 'true </dev/disk' 2>/dev/null && echo read; true`);
      await eventually(async () => (await inspect(engine, id)).Status === 'exited');
      const text = await output(engine, id);
      await remove(engine, id);
      return text;
    };
    assert.equal(await access('r'), 'read\n');
    assert.equal(await access('w'), '');
    assert.equal(await access('m'), '');
  });

  once('a command in a running container is in its groups', async ({ engine, cli }) => {
    const { id, pid } = await startWith(engine, { PidsLimit: 17 });
    await cli.ok(['exec', '-d', id, 'sleep', '601']);
    const group = groupOf(pid, 'pids');
    await eventually(() => processesBelow(group).length === 2);
    for (const process of processesBelow(group)) {
      assert.ok(groupOf(process, 'pids').startsWith(group));
      assert.ok(groupOf(process, 'memory').startsWith(groupOf(pid, 'memory')));
    }
    assert.equal((await statsOf(engine, id)).pids_stats.current, 2);
    await remove(engine, id);
  });

  ours(
    'groups that a privileged container makes below its own: top, stats, exec, pause, kill',
    async ({ engine, cli }) => {
      const { id, pid } = await startWith(engine, { Privileged: true }, NEST);
      await eventually(async () => (await output(engine, id)) === 'nested\n');
      const outer = groupOf(pid, 'memory').replace(/\/init$/, '');
      assert.match(groupOf(pid, 'pids'), /\/init$/);
      assert.equal(await cli.ok(['exec', id, 'cat', `/sys/fs/cgroup${V2 ? '' : '/pids'}/job/pids.max`]), '3');
      await cli.ok(['exec', '-d', id, 'sleep', '602']);
      await eventually(async () => (await statsOf(engine, id)).pids_stats.current === 3);
      const { json } = await engine.api('GET', `/containers/${id}/top?ps_args=${encodeURIComponent('-o pid,args')}`);
      const rows = (json as { Processes: string[][] }).Processes.map((row) => row.at(-1));
      assert.deepEqual(rows.sort(), ['sleep 600', 'sleep 601', 'sleep 602']);
      assert.equal((await engine.api('POST', `/containers/${id}/pause`)).status, 204);
      assert.equal(isFrozen(pid), true);
      assert.equal((await engine.api('POST', `/containers/${id}/kill`)).status, 204);
      await eventually(async () => (await inspect(engine, id)).Status === 'exited');
      await remove(engine, id);
      await eventually(() => !existsSync(outer));
    },
  );

  ours('writable-cgroups: groups below its own without privileges, but not its own limits', async ({ engine, t }) => {
    const SecurityOpt = ['writable-cgroups=true'];
    if (!V2) {
      const { status, text } = await engine.api('POST', '/containers/create', {
        Image: 'busybox',
        HostConfig: { SecurityOpt },
      });
      assert.deepEqual([status, /needs cgroup v2/.test(text)], [400, true], text);
      return t.skip('cgroup v1 cannot be delegated');
    }
    const raise = 'echo max >pids.max 2>/dev/null && echo raised; echo tried; exec sleep 600';
    const script = NEST.replace('exec sleep 600', raise);
    const { id, pid } = await startWith(engine, { SecurityOpt, PidsLimit: 11 }, script);
    await eventually(async () => (await output(engine, id)).includes('tried'));
    assert.equal(await output(engine, id), 'nested\ntried\n');
    assert.match(groupOf(pid, ''), /\/init$/);
    assert.equal(readFileSync(join(groupOf(pid, ''), '../pids.max'), 'utf8').trim(), '11');
    assert.equal(readFileSync(join(groupOf(pid, ''), '../job/pids.max'), 'utf8').trim(), '3');
    await remove(engine, id);
    const closed = await startWith(
      engine,
      { Privileged: true, SecurityOpt: ['writable-cgroups=false'] },
      'mkdir /sys/fs/cgroup/x',
    );
    await eventually(async () => (await inspect(engine, closed.id)).Status === 'exited');
    assert.match(await output(engine, closed.id), /Read-only file system/);
    await remove(engine, closed.id);
  });

  ours('--cgroup-parent: the group is below that one, which goes with the last container', async ({ engine }) => {
    const name = `wharf-parent-${process.pid}`;
    const one = await startWith(engine, { CgroupParent: `/${name}/inner`, Memory: 32 * MIB });
    const two = await startWith(engine, { CgroupParent: name, PidsLimit: 9 });
    const paths = [groupOf(one.pid, 'memory'), groupOf(two.pid, 'pids')];
    const root = V2 ? ['/sys/fs/cgroup', '/sys/fs/cgroup'] : ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids'];
    assert.equal(dirname(paths[0] ?? ''), `${root[0]}/${name}/inner`);
    assert.equal(dirname(paths[1] ?? ''), `${root[1]}/${name}`);
    assert.deepEqual([limitsOf(one.pid)['memory'], limitsOf(two.pid)['pids']], [String(32 * MIB), '9']);
    await engine.kill9();
    await engine.start();
    assert.deepEqual((await statsOf(engine, two.id)).pids_stats, { current: 1, limit: 9 });
    await remove(engine, one.id);
    await eventually(() => !existsSync(`${root[0]}/${name}/inner`));
    await remove(engine, two.id);
    await eventually(() => !existsSync(`${root[0]}/${name}`) && !existsSync(`${root[1]}/${name}`));
  });

  ours('a group that was there before stays when the last container in it goes', async ({ engine }) => {
    const name = `wharf-there-${process.pid}`;
    const directory = V2 ? `/sys/fs/cgroup/${name}` : `/sys/fs/cgroup/pids/${name}`;
    mkdirSync(directory);
    const { id, pid } = await startWith(engine, { CgroupParent: name });
    const group = groupOf(pid, 'pids');
    await remove(engine, id);
    await eventually(() => !existsSync(group));
    rmdirSync(directory);
    if (!V2) await eventually(() => !existsSync(`/sys/fs/cgroup/memory/${name}`));
    const refused = await engine.api('POST', '/containers/create', {
      Image: 'busybox',
      HostConfig: { CgroupParent: '../x' },
    });
    assert.equal(refused.status, 400, refused.text);
  });
});
