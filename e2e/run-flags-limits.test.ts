import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { engineKind } from '@wharf/testkit';
import { blockDevice, groupFile, limitsOf, V2 } from './support/control-groups.ts';
import { inside, pidOf, refused, spareDevice, stays } from './support/flags.ts';
import { suite } from './support/suite.ts';

const MIB = 1024 * 1024;

suite('run flags: processors, memory, devices', { programs: ['hog', 'forks'] }, ({ both, once, ours }) => {
  both('--cpu-shares --cpu-period --cpu-quota --cpuset-cpus --cpuset-mems --pids-limit', async ({ cli }) => {
    const id = await stays(
      cli,
      ...['--cpu-shares', '512', '--cpu-period', '50000', '--cpu-quota', '25000'],
      ...['--cpuset-cpus', '0', '--cpuset-mems', '0', '--pids-limit', '42'],
    );
    const pid = await pidOf(cli, id);
    const { shares, quota, cpus, memoryNodes, pids } = limitsOf(pid);
    assert.deepEqual([quota, cpus, memoryNodes, pids], ['25000 50000', '0', '0', '42']);
    assert.equal(shares, V2 ? '59' : '512');
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Cpus_allowed_list:\t0$/m);
    await cli.ok(['rm', '-f', id]);
    await refused(cli, ['--cpuset-cpus', '4095'], /Requested CPUs are not available/);
  });

  both('--cpus is a quota', async ({ cli }) => {
    const id = await stays(cli, '--cpus', '0.25');
    assert.equal(limitsOf(await pidOf(cli, id))['quota'], '25000 100000');
    await cli.ok(['rm', '-f', id]);
    await refused(cli, ['--cpus', '0.25', '--cpu-quota', '1000'], /Nano CPUs and CPU Quota cannot both be set/);
  });

  once('--cpu-rt-period --cpu-rt-runtime: where the kernel has them, else a plain refusal', async ({ cli }) => {
    const options = ['--cpu-rt-period', '100000', '--cpu-rt-runtime', '1000'];
    const result = await cli.run(['run', '--rm', '--network', 'none', ...options, 'busybox', 'echo', 'ran']);
    if (result.code === 0) assert.equal(result.stdout, 'ran\n');
    else assert.match(result.stderr, /real-time|rt_period|rt_runtime|CPU/i);
  });

  both('--memory --memory-swap --memory-reservation --memory-swappiness', async ({ cli }) => {
    const options = ['--memory', '64m', '--memory-swap', '96m', '--memory-reservation', '32m'];
    const id = await stays(cli, ...options, ...(V2 ? [] : ['--memory-swappiness', '17']));
    const pid = await pidOf(cli, id);
    const { memory, swap, reservation } = limitsOf(pid);
    assert.deepEqual([memory, reservation], [String(64 * MIB), String(32 * MIB)]);
    if (swap !== undefined) assert.equal(swap, String(32 * MIB));
    if (!V2) assert.equal(groupFile(pid, ['memory', 'memory.swappiness'], ''), '17');
    await cli.ok(['rm', '-f', id]);
    const killed = await cli.run(['run', '--rm', '-m', '32m', '--memory-swap', '32m', 'programs', '/t/hog', '200']);
    assert.equal(killed.code, 137);
    await refused(cli, ['--memory-swappiness', '101'], /Valid memory swappiness range is 0-100/);
    await refused(cli, ['-m', '64m', '--memory-swap', '32m'], /memoryswap limit should be larger than memory limit/i);
  });

  both('--oom-score-adj --oom-kill-disable --kernel-memory', async ({ cli }) => {
    assert.equal(await inside(cli, ['--oom-score-adj', '321'], 'cat /proc/self/oom_score_adj'), '321');
    await refused(cli, ['--oom-score-adj', '1001'], /Invalid value 1001, range for oom score adj is \[-1000, 1000\]/i);
    const id = await stays(cli, '-m', '64m', '--oom-kill-disable');
    const control = groupFile(await pidOf(cli, id), ['memory', 'memory.oom_control'], '');
    if (!V2) assert.match(control ?? '', /^oom_kill_disable 1$/m);
    await cli.ok(['rm', '-f', id]);
    const old = await cli.run(['run', '--rm', '--network', 'none', '--kernel-memory', '50m', 'busybox', 'echo', 'ran']);
    assert.equal(old.stdout, 'ran\n', old.stderr);
  });

  both(
    '--blkio-weight --device-read-bps --device-write-bps --device-read-iops --device-write-iops',
    async ({ cli, t }) => {
      const device = blockDevice();
      if (device === undefined) return t.skip('no block device');
      const { path, numbers } = device;
      const id = await stays(
        cli,
        ...['--blkio-weight', '300', '--device-read-bps', `${path}:1mb`, '--device-write-bps', `${path}:2mb`],
        ...['--device-read-iops', `${path}:100`, '--device-write-iops', `${path}:200`],
      );
      const pid = await pidOf(cli, id);
      const rate = (name: string) => groupFile(pid, ['blkio', `blkio.throttle.${name}_device`], 'io.max');
      if (V2) assert.equal(rate(''), `${numbers} rbps=${MIB} wbps=${2 * MIB} riops=100 wiops=200`);
      else {
        const rates = ['read_bps', 'write_bps', 'read_iops', 'write_iops'].map(rate);
        assert.deepEqual(
          rates,
          [MIB, 2 * MIB, 100, 200].map((each) => `${numbers} ${each}`),
        );
        // The weight is of a scheduler that not every disk has.
        const weight =
          groupFile(pid, ['blkio', 'blkio.bfq.weight'], '') ?? groupFile(pid, ['blkio', 'blkio.weight'], '');
        if (weight !== undefined && engineKind() === 'wharf') assert.equal(weight.split('\n')[0], '300');
      }
      await cli.ok(['rm', '-f', id]);
      await refused(cli, ['--blkio-weight', '5'], /Range of blkio weight is from 10 to 1000/i);
      await refused(cli, ['--device-read-bps', '/dev/no-such-disk:1mb'], /no such file or directory/, 127);
    },
  );

  once('--blkio-weight-device: taken, or named as what the kernel cannot do', async ({ cli, t }) => {
    const device = blockDevice();
    if (device === undefined) return t.skip('no block device');
    const run = [
      'run',
      '--rm',
      '--network',
      'none',
      '--blkio-weight-device',
      `${device.path}:200`,
      'busybox',
      'echo',
      'ran',
    ];
    const result = await cli.run(run);
    if (result.code === 0) assert.equal(result.stdout, 'ran\n');
    else assert.match(result.stderr, /weight/i);
    await refused(cli, ['--blkio-weight-device', '/dev/x:5'], /invalid weight for device/);
  });

  both('--ulimit', async ({ cli }) => {
    const options = ['--ulimit', 'nofile=123:456', '--ulimit', 'core=0', '--ulimit', 'nproc=777'];
    assert.equal(
      await inside(
        cli,
        options,
        'ulimit -n; ulimit -Hn; ulimit -c; grep -o "processes  *777" /proc/self/limits | tr -s " "',
      ),
      '123\n456\n0\nprocesses 777',
    );
    await refused(cli, ['--ulimit', 'nonsense=1'], /invalid ulimit type: nonsense/);
  });

  both('--device: nodes of the host, under another name, with fewer rights', async ({ cli, t }) => {
    const spare = spareDevice();
    if (spare === undefined) return t.skip('no device to spare');
    const options = ['--device', `${spare.path}:/dev/mine:r`, '--device', '/dev/full:/dev/sub/full'];
    const script = ': < /dev/mine && echo read; true > /dev/mine; echo x > /dev/sub/full; ls -l /dev/mine | cut -c1';
    const run = ['run', '--rm', '--network', 'none', ...options, 'busybox', 'sh', '-c', `(${script})`];
    const { stdout, stderr } = await cli.run(run);
    assert.equal(stdout, 'read\nc\n', stderr);
    assert.match(stderr, /\/dev\/mine: Operation not permitted[^]*No space left on device/);
    await refused(
      cli,
      ['--device', '/dev/no-such'],
      /error gathering device information.*no-such.*: no such file/,
      127,
    );
    await refused(cli, ['--device', '/etc/passwd'], /not a device node/);
  });

  both('--device-cgroup-rule: a node that is made inside can be used', async ({ cli, t }) => {
    const spare = spareDevice();
    if (spare === undefined) return t.skip('no device to spare');
    const script = `mknod /k c ${spare.numbers.replace(':', ' ')} && : < /k && echo opened`;
    const without = await cli.run(['run', '--rm', '--network', 'none', 'busybox', 'sh', '-c', script]);
    assert.match(without.stderr, /Operation not permitted/);
    assert.equal(await inside(cli, ['--device-cgroup-rule', `c ${spare.numbers} rmw`], script), 'opened');
    await refused(cli, ['--device-cgroup-rule', 'x 1:1 r'], /invalid device cgroup format/i);
  });

  ours('--gpus without any: refused as Docker refuses it', async ({ cli }) => {
    await refused(cli, ['--gpus', 'all'], /could not select device driver "" with capabilities: \[\[gpu\]\]/);
    await refused(cli, ['--device', 'nvidia.com/gpu=all'], /unresolvable CDI devices nvidia\.com\/gpu=all/);
  });
});
