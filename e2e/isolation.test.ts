import assert from 'node:assert/strict';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { suite } from './support/suite.ts';

/** The 14 capabilities of a container, as /proc prints them. */
const DEFAULT_CAPS = '00000000a80425fb';

/** The value of one line of a /proc/…/status text. */
function status(text: string, key: string): string | undefined {
  return new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(text)?.[1];
}

suite('isolation: namespaces', {}, ({ once, ours }) => {
  for (const kind of ['pid', 'mnt', 'uts', 'ipc', 'net', 'cgroup']) {
    // dockerd shares the host's cgroup namespace on cgroup v1; we do not.
    (kind === 'cgroup' ? ours : once)(`a container has a ${kind} namespace of its own`, async ({ cli }) => {
      const inside = await cli.ok(['run', '--rm', 'busybox', 'readlink', `/proc/self/ns/${kind}`]);
      assert.match(inside, new RegExp(`^${kind}:\\[\\d+\\]$`));
      assert.notEqual(inside, readlinkSync(`/proc/self/ns/${kind}`));
    });
  }

  once('nothing hides its /proc: not a volume, nor what an image declares as one', async ({ cli }) => {
    for (const [place, why] of [
      ['/proc', /cannot be mounted because it is not of type proc/],
      ['/proc/1', /cannot be mounted because it is inside \/proc/],
    ] as const) {
      const refused = await cli.run(['run', '--rm', '-v', place, 'busybox', 'true']);
      assert.equal(refused.code, 125);
      assert.match(refused.stderr, why);
    }
    // Not by ls: it looks at each entry, and the host's processes come and go.
    const list = 'cd /proc && printf "%s\\n" *';
    assert.match(await cli.ok(['run', '--rm', '-v', '/proc:/proc', 'busybox', 'sh', '-c', list]), /^cpuinfo$/m);
  });

  once('its process is number 1 and sees no process of the host', async ({ cli, engine }) => {
    const script = 'echo $$; for p in /proc/[0-9]*; do cat $p/comm; done';
    const [pid, ...names] = (await cli.ok(['run', '--rm', 'busybox', 'sh', '-c', script])).split('\n');
    assert.equal(pid, '1');
    assert.deepEqual(
      names.filter((name) => name !== 'sh' && name !== 'cat'),
      [],
    );
    const killed = await cli.run(['run', '--rm', 'busybox', 'kill', '-0', String(engine.pid)]);
    assert.equal(killed.code, 1);
  });

  once('it sees no file of the host', async ({ cli, engine }) => {
    writeFileSync(`${engine.places.directory}/secret`, 'secret');
    const found = await cli.ok(['run', '--rm', 'busybox', 'ls', '/', engine.places.directory], {}).catch(String);
    assert.match(found, /No such file or directory/);
    const root = await cli.ok(['run', '--rm', 'busybox', 'ls', '-A', '/']);
    const expected = '.dockerenv bin dev etc home lib proc root sys tmp usr var'.split(' ');
    assert.deepEqual(root.split('\n'), expected);
  });

  once('it sees eth0 and lo only, and lo only without a network', async ({ cli }) => {
    assert.equal(await cli.ok(['run', '--rm', 'busybox', 'ls', '/sys/class/net']), 'eth0\nlo');
    assert.equal(await cli.ok(['run', '--rm', '--network', 'none', 'busybox', 'ls', '/sys/class/net']), 'lo');
    assert.match(
      await cli.ok(['run', '--rm', '--network', 'none', 'busybox', 'ip', '-4', '-o', 'addr', 'show', 'lo']),
      /127\.0\.0\.1\/8/,
    );
  });

  once('its host name is its short id and cannot be changed', async ({ cli }) => {
    const id = await cli.ok(['create', 'busybox', 'sh', '-c', 'hostname; hostname other 2>&1']);
    assert.match(
      await cli.run(['start', '-a', id]).then((r) => r.stdout),
      new RegExp(`^${id.slice(0, 12)}\n.*not permitted`),
    );
    await cli.ok(['rm', id]);
  });

  once('what one container writes, another of the same image does not see', async ({ cli }) => {
    await cli.ok(['run', '--name', 'writer', 'busybox', 'sh', '-c', 'echo mine > /etc/mine; rm /etc/group']);
    assert.equal(
      await cli.ok(['run', '--rm', 'busybox', 'sh', '-c', 'ls /etc/mine /etc/group 2>/dev/null; true']),
      '/etc/group',
    );
    await cli.ok(['start', 'writer']);
    await cli.ok(['rm', '-f', 'writer']);
  });

  once('it inherits no file descriptor', async ({ cli }) => {
    const fds = await cli.ok(['run', '--rm', 'busybox', 'ls', '-l', '/proc/1/fd']);
    const open = [...fds.matchAll(/(\d+) -> (.*)$/gm)].map(([, fd, target]) => [fd, target] as const);
    assert.deepEqual(
      open.map(([fd]) => fd),
      ['0', '1', '2'],
    );
    for (const [, target] of open) assert.match(target ?? '', /^(pipe:|socket:|\/dev\/null)/);
  });
});

suite('isolation: privileges', { programs: ['calls'] }, ({ once, ours }) => {
  for (const [what, args, expected] of [
    [
      'by default',
      [],
      { CapPrm: DEFAULT_CAPS, CapEff: DEFAULT_CAPS, CapBnd: DEFAULT_CAPS, CapAmb: '0000000000000000' },
    ],
    ['as a user', ['-u', '1000'], { CapPrm: '0000000000000000', CapEff: '0000000000000000', CapBnd: DEFAULT_CAPS }],
    [
      '--cap-drop ALL',
      ['--cap-drop', 'ALL'],
      { CapPrm: '0000000000000000', CapEff: '0000000000000000', CapBnd: '0000000000000000' },
    ],
    [
      '--cap-drop ALL --cap-add NET_ADMIN',
      ['--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN'],
      { CapEff: '0000000000001000', CapBnd: '0000000000001000' },
    ],
    ['--cap-drop CHOWN', ['--cap-drop', 'CHOWN'], { CapEff: '00000000a80425fa', CapBnd: '00000000a80425fa' }],
    ['security, by default', [], { NoNewPrivs: '0', Seccomp: '2' }],
    ['--security-opt no-new-privileges', ['--security-opt', 'no-new-privileges'], { NoNewPrivs: '1', Seccomp: '2' }],
    ['--security-opt seccomp=unconfined', ['--security-opt', 'seccomp=unconfined'], { Seccomp: '0' }],
  ] as const) {
    once(`/proc/self/status says so: ${what}`, async ({ cli }) => {
      const text = await cli.ok(['run', '--rm', ...args, 'busybox', 'cat', '/proc/self/status']);
      for (const [key, value] of Object.entries(expected)) assert.equal(status(text, key), value, key);
    });
  }

  ours('nothing is inheritable', async ({ cli }) => {
    const text = await cli.ok(['run', '--rm', 'busybox', 'cat', '/proc/self/status']);
    assert.equal(status(text, 'CapInh'), '0000000000000000');
  });

  // Not for the oracle: dockerd fails where the machine itself lacks capabilities.
  ours('--privileged has what the host has', async ({ cli }) => {
    const text = await cli.ok(['run', '--rm', '--privileged', 'busybox', 'cat', '/proc/self/status']);
    const host = readFileSync('/proc/self/status', 'utf8');
    assert.equal(status(text, 'CapBnd'), status(host, 'CapBnd'));
    assert.equal(status(text, 'Seccomp'), '0');
  });

  once('system calls that reach the host are refused', async ({ cli }) => {
    const lines = (await cli.ok(['run', '--rm', 'programs', '/t/calls'])).split('\n');
    const results = new Map(lines.map((line) => line.split(' ') as [string, string]));
    assert.equal(results.get('getpid'), 'ok');
    assert.equal(results.get('clone3'), 'ENOSYS');
    for (const [name, result] of results) {
      if (name !== 'getpid' && name !== 'clone3') assert.equal(result, 'EPERM', name);
    }
  });

  once('/dev is minimal', async ({ cli }) => {
    const listed = (await cli.ok(['run', '--rm', 'busybox', 'ls', '/dev'])).split('\n');
    const expected = 'fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'.split(' ');
    // `core` is a link to /proc/kcore, which not every kernel has.
    assert.deepEqual(
      listed.filter((name) => name !== 'core'),
      expected,
    );
  });

  once('a device that is not on the list cannot be opened, even after mknod', async ({ cli }) => {
    const result = await cli.run(['run', '--rm', 'busybox', 'sh', '-c', 'mknod /k c 1 1 && head -c1 /k']);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /Operation not permitted/);
  });

  once('masked paths are empty', async ({ cli }) => {
    const files = '/proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/latency_stats';
    const directories = '/proc/acpi /proc/scsi /sys/firmware';
    const script = `for f in ${files}; do [ ! -e $f ] || cat $f; done; for d in ${directories}; do ls $d 2>/dev/null; done; true`;
    assert.equal(await cli.ok(['run', '--rm', 'busybox', 'sh', '-c', script]), '');
  });

  for (const path of [
    '/proc/sys/kernel/domainname',
    '/proc/sysrq-trigger',
    '/proc/irq/x',
    '/proc/bus/x',
    '/proc/fs/x',
    '/sys/x',
  ]) {
    once(`${path} cannot be written`, async ({ cli }) => {
      const result = await cli.run(['run', '--rm', 'busybox', 'sh', '-c', `echo x > ${path}`]);
      assert.equal(result.code, 1);
      assert.match(result.stderr, /Read-only file system|Permission denied|nonexistent directory/);
    });
  }

  once('the limits of a container cannot be written from inside', async ({ cli }) => {
    const script =
      'for f in /sys/fs/cgroup/memory/tasks /sys/fs/cgroup/cgroup.procs; do [ ! -e $f ] || echo 1 > $f; done';
    const result = await cli.run(['run', '--rm', 'busybox', 'sh', '-c', script]);
    assert.match(result.stderr, /Read-only file system/);
  });

  ours('nothing can be put beside them', async ({ cli }) => {
    const result = await cli.run(['run', '--rm', 'busybox', 'sh', '-c', 'echo x > /sys/fs/cgroup/x']);
    assert.match(result.stderr, /Read-only file system|Permission denied/);
  });

  once('--read-only leaves only the memory file systems writable', async ({ cli }) => {
    const script = 'touch /x /tmp/x; touch /dev/shm/x && echo shm';
    const result = await cli.run(['run', '--rm', '--read-only', 'busybox', 'sh', '-c', script]);
    assert.equal(result.stdout, 'shm\n');
    assert.match(result.stderr, /\/x: Read-only file system\n.*\/tmp\/x: Read-only file system/);
  });
});

suite('isolation: limits', { programs: ['hog', 'forks', 'burn'] }, ({ once, both }) => {
  both('a memory hog is killed, and the container says so', async ({ cli, engine }) => {
    const name = `hog-${cli.name}`;
    const result = await cli.run(['run', '--name', name, '-m', '64m', 'programs', '/t/hog', '300']);
    assert.equal(result.code, 137, result.stderr);
    assert.equal(result.stdout, '');
    assert.equal(await cli.ok(['inspect', '-f', '{{.State.OOMKilled}} {{.State.ExitCode}}', name]), 'true 137');
    const { json } = await engine.api('GET', `/containers/${name}/json`);
    assert.equal((json as { HostConfig: { Memory: number } }).HostConfig.Memory, 64 << 20);
    await cli.ok(['rm', name]);
  });

  once('below the limit nothing happens', async ({ cli }) => {
    const name = 'hog-small';
    assert.equal(await cli.ok(['run', '--name', name, '-m', '64m', 'programs', '/t/hog', '32']), 'took 32 MiB');
    assert.equal(await cli.ok(['inspect', '-f', '{{.State.OOMKilled}}', name]), 'false');
    await cli.ok(['rm', name]);
  });

  once('a child that is killed for memory is recorded too, while the container lives on', async ({ cli }) => {
    const name = 'hog-child';
    const run = ['run', '--name', name, '-m', '64m', 'programs', 'sh', '-c', '/t/hog 300; echo survived'];
    assert.equal(await cli.ok(run), 'survived');
    assert.equal(await cli.ok(['inspect', '-f', '{{.State.ExitCode}}', name]), '0');
    await cli.ok(['rm', name]);
  });

  once('a fork bomb stops at the pids limit', async ({ cli }) => {
    const out = await cli.ok(['run', '--rm', '--pids-limit', '25', 'programs', '/t/forks', '500']);
    assert.equal(out, '24 Resource temporarily unavailable');
  });

  once('--cpus is a share of the processors', async ({ cli }) => {
    const percent = Number(await cli.ok(['run', '--rm', '--cpus', '0.5', 'programs', '/t/burn', '2', '1500']));
    assert.ok(percent > 25 && percent < 75, `${percent} % of one processor`);
  });

  once('--ulimit', async ({ cli }) => {
    const script = 'ulimit -n; ulimit -Hn';
    assert.equal(
      await cli.ok(['run', '--rm', '--ulimit', 'nofile=100:200', 'busybox', 'sh', '-c', script]),
      '100\n200',
    );
  });

  once('--shm-size, 64 MB by default', async ({ cli }) => {
    const size = ['busybox', 'sh', '-c', "df -k /dev/shm | tail -1 | awk '{ print $2 }'"];
    assert.equal(await cli.ok(['run', '--rm', ...size]), '65536');
    assert.equal(await cli.ok(['run', '--rm', '--shm-size', '1m', ...size]), '1024');
  });

  once('limits that contradict each other are refused', async ({ cli }) => {
    const small = await cli.run(['run', '--rm', '-m', '1m', 'busybox', 'true']);
    assert.equal(small.code, 125);
    assert.match(small.stderr, /Minimum memory limit allowed is 6MB/i);
    const cpus = await cli.run(['run', '--rm', '--cpus', '999', 'busybox', 'true']);
    assert.equal(cpus.code, 125);
    assert.match(cpus.stderr, /Range of CPUs is from 0.01 to/i);
  });
});
