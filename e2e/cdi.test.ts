import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { inside, refused, spareDevice } from './support/flags.ts';
import { SubordinateIds } from './support/subordinate-ids.ts';
import { suite } from './support/suite.ts';

const directory = mkdtempSync('/dev/shm/wharf-cdi-');

/** As nvidia-ctk's do: finds the root by the state that it reads, and makes a link and a file in it. */
const HOOK = `#!/bin/sh
state=$(cat)
bundle=$(echo "$state" | sed 's/.*"bundle":"\\([^"]*\\)".*/\\1/')
root=$(sed 's/.*"root":{"path":"\\([^"]*\\)".*/\\1/' $bundle/config.json)
case $1 in
runtime)
  echo "$state" > $WHERE/state
  readlink /proc/self/ns/mnt > $WHERE/runtime.ns
  ;;
container)
  mkdir -p $root/usr/lib/toy
  ln -s libtoy.so.1 $root/usr/lib/toy/libtoy.so
  { readlink /proc/self/ns/mnt; readlink /proc/self/ns/net; id -u; } > $root/usr/lib/toy/seen
  test -e $root/proc/cpuinfo && echo mounted >> $root/usr/lib/toy/seen
  ;;
esac
`;
/** What a process is and where. */
const SEE =
  'id -u; grep CapEff /proc/self/status; grep Seccomp: /proc/self/status; cat /proc/self/cgroup; readlink /proc/self/ns/mnt';
const ACME = `
cdiVersion: "0.6.0"
kind: acme.com/toy
containerEdits:
  env: [ACME=yes]
devices:
  - name: one
    containerEdits:
      env: [TOY=one]
      deviceNodes:
        - path: /dev/toy
          hostPath: ${spareDevice()?.path ?? '/dev/full'}
          permissions: r
      mounts:
        - hostPath: /etc/passwd
          containerPath: /toy/passwd
          options: [ro, bind]
      additionalGids: [4242]
  - name: hooked
    containerEdits:
      hooks:
        - hookName: createRuntime
          path: ${directory}/hook
          args: [hook, runtime]
          env: [WHERE=${directory}, PATH=/usr/bin:/bin]
        - hookName: createContainer
          path: ${directory}/hook
          args: [hook, container]
          env: [WHERE=${directory}, PATH=/usr/bin:/bin]
  - name: starting
    containerEdits:
      hooks:
        - hookName: startContainer
          path: /bin/sh
          args: [sh, -c, "cat > /tmp/state; { ${SEE}; } > /tmp/hook"]
          env: [PATH=/bin]
  - name: stopping
    containerEdits:
      hooks:
        - hookName: startContainer
          path: /bin/sh
          args: [sh, -c, 'echo no, not so >&2; exit 4']
  - name: endless
    containerEdits:
      hooks:
        - hookName: startContainer
          path: /bin/sleep
          args: [sleep, "30"]
          timeout: 1
  - name: failing
    containerEdits:
      hooks:
        - hookName: createContainer
          path: /bin/sh
          args: [sh, -c, echo said; echo no such device >&2; exit 3]
  - name: hanging
    containerEdits:
      hooks:
        - hookName: createRuntime
          path: /bin/sleep
          args: [sleep, "30"]
          timeout: 1
  - name: late
    containerEdits:
      hooks:
        - hookName: poststop
          path: /bin/true
`;
const node = { path: '/dev/nvidia0', type: 'c', major: 1, minor: 3 };
const gpu = (name: string) => ({ name, containerEdits: { env: [`GPU=${name}`], deviceNodes: [node] } });
const NVIDIA = { cdiVersion: '0.5.0', kind: 'nvidia.com/gpu', devices: ['0', '1', 'all'].map(gpu) };

writeFileSync(join(directory, 'acme.yaml'), ACME);
writeFileSync(join(directory, 'nvidia.json'), JSON.stringify(NVIDIA));
writeFileSync(join(directory, 'broken.json'), '{');
writeFileSync(join(directory, 'hook'), HOOK, { mode: 0o755 });
chmodSync(directory, 0o755);
after(() => rmSync(directory, { recursive: true }));

suite('devices of CDI specifications', { engine: { config: { 'cdi-spec-dirs': [directory] } } }, ({ both, ours }) => {
  both('--device vendor/class=name brings environment, node, mount and group', async ({ cli }) => {
    const script =
      'echo $ACME $TOY; (: < /dev/toy && echo opened; : > /dev/toy); head -n 1 /toy/passwd | cut -c1-4; id -G';
    const run = ['run', '--rm', '--network', 'none', '--device', 'acme.com/toy=one', 'busybox', 'sh', '-c', script];
    const { stdout, stderr } = await cli.run(run);
    assert.equal(stdout, 'yes one\nopened\nroot\n0 10 4242\n');
    if (spareDevice()) assert.match(stderr, /\/dev\/toy: Operation not permitted/);
    await refused(
      cli,
      ['--device', 'acme.com/toy=two'],
      /CDI device injection failed: unresolvable CDI devices acme\.com\/toy=two/,
    );
  });

  both('--gpus: all, a number, names', async ({ cli }) => {
    const script = 'echo $GPU; ls /dev/nvidia0';
    assert.equal(await inside(cli, ['--gpus', 'all'], script), 'all\n/dev/nvidia0');
    assert.equal(await inside(cli, ['--gpus', '1'], script), '0\n/dev/nvidia0');
    assert.equal(await inside(cli, ['--gpus', '"device=0,1"'], script), '1\n/dev/nvidia0');
    await refused(cli, ['--gpus', 'device=7'], /unresolvable CDI devices nvidia\.com\/gpu=7/);
  });

  both('info tells where specifications are looked for, and what they describe', async ({ cli }) => {
    const format = '{{json .CDISpecDirs}} {{range .DiscoveredDevices}}{{.ID}} {{end}}';
    const devices =
      'acme.com/toy=endless acme.com/toy=failing acme.com/toy=hanging acme.com/toy=hooked acme.com/toy=late acme.com/toy=one acme.com/toy=starting acme.com/toy=stopping nvidia.com/gpu=0 nvidia.com/gpu=1 nvidia.com/gpu=all ';
    const told = await cli.ok(['info', '-f', cli.name === 'wharf' ? format : '{{json .CDISpecDirs}} ']);
    assert.equal(told, `["${directory}"] ${cli.name === 'wharf' ? devices : ''}`);
  });

  ours('hooks are run: in the namespaces of the runtime, and in those of the container', async ({ cli }) => {
    const hooked = ['--device', 'acme.com/toy=hooked', '--annotation', 'note=kept'];
    const script =
      'readlink /usr/lib/toy/libtoy.so; cat /usr/lib/toy/seen; readlink /proc/self/ns/mnt; readlink /proc/self/ns/net';
    const known = JSON.parse(await cli.ok(['info', '-f', '{{json .Runtimes}}'])) as object;
    for (const runtime of ['wharf', ...('runc' in known ? ['runc'] : [])]) {
      const lines = (await inside(cli, ['--runtime', runtime, ...hooked], script)).split('\n');
      const [link, mounts, network, user, mounted, ownMounts, ownNetwork] = lines;
      assert.deepEqual([link, user, mounted], ['libtoy.so.1', '0', 'mounted'], runtime);
      assert.deepEqual([mounts, network], [ownMounts, ownNetwork], runtime);
      const outside = readFileSync(join(directory, 'runtime.ns'), 'utf8').trim();
      if (runtime === 'wharf') assert.equal(outside, readlinkSync('/proc/self/ns/mnt'));
      assert.notEqual(outside, mounts);
      const state = JSON.parse(readFileSync(join(directory, 'state'), 'utf8')) as Record<string, unknown>;
      assert.match(String(state['id']), /^[0-9a-f]{64}$/);
      assert.ok(Number(state['pid']) > 1);
      assert.equal(state['status'], 'creating');
      assert.deepEqual((state['annotations'] as Record<string, string>)['note'], 'kept');
    }
  });

  ours('a hook of the start is a program of the container, with no more rights than its own', async ({ cli }) => {
    const script = `{ ${SEE}; } > /tmp/own; cmp /tmp/own /tmp/hook && head -n 1 /tmp/hook; cat /tmp/state`;
    for (const [user, more] of [
      ['0', ['--cap-drop', 'ALL', '--cap-add', 'CHOWN']],
      ['65534', ['--user', 'nobody', '--tmpfs', '/tmp:mode=1777']],
    ] as const) {
      const [id, state = ''] = (await inside(cli, ['--device', 'acme.com/toy=starting', ...more], script)).split('\n');
      assert.equal(id, user);
      assert.equal((JSON.parse(state) as { status: string }).status, 'created');
    }
    await refused(
      cli,
      ['--device', 'acme.com/toy=stopping'],
      /error running startContainer hook #0: exit status 4, output: no, not so/,
    );
    await refused(cli, ['--device', 'acme.com/toy=endless'], /error running startContainer hook #0: hook ran past/);
  });

  ours('a hook that fails or takes too long fails the start, with what it says', async ({ cli, engine }) => {
    await refused(
      cli,
      ['--device', 'acme.com/toy=failing'],
      /error running createContainer hook #0: exit status 3, stdout: said, stderr: no such device/,
    );
    await refused(
      cli,
      ['--device', 'acme.com/toy=hanging'],
      /error running createRuntime hook #0: hook ran past specified timeout of 1s/,
    );
    await refused(cli, ['--device', 'acme.com/toy=late'], /wants the hook poststop \(\/bin\/true\), which the runtime/);
    assert.deepEqual(readdirSync(join(engine.places.execRoot, 'bundles')), []);
  });
});

/** A user that every Debian has; nobody else uses these numbers. */
const POOL = 'lp';
const FIRST = 750_000_000;
const ranges = new SubordinateIds([`${POOL}:${FIRST}:70000`]);
const [major = 0, minor = 0] = release().split('.').map(Number);

/** The engine of this suite has its files on a tmpfs, which maps IDs since Linux 6.3. */
if (major > 6 || (major === 6 && minor >= 3)) {
  before(() => ranges.add());
  after(() => ranges.remove());
  suite('hooks of CDI specifications in user namespaces', {
    engine: { config: { 'cdi-spec-dirs': [directory], 'userns-auto-user': POOL } },
  }, ({ ours }) => {
    ours("they are run as the container's root", async ({ cli, engine }) => {
      // As /run is: everybody may walk through.
      chmodSync(engine.places.directory, 0o711);
      const mapped = ['--userns', 'auto:size=66000'];
      const script = 'head -n 3 /usr/lib/toy/seen; stat -c %u:%g /usr/lib/toy/seen; readlink /proc/self/ns/mnt';
      const hooked = await inside(cli, ['--device', 'acme.com/toy=hooked', ...mapped], script);
      const [mounts, , user, owner, own] = hooked.split('\n');
      assert.deepEqual([user, owner, mounts], ['0', '0:0', own]);
      const see = `{ ${SEE}; } > /tmp/own; cmp /tmp/own /tmp/hook && stat -c %u /tmp/hook`;
      assert.equal(await inside(cli, ['--device', 'acme.com/toy=starting', ...mapped], see), '0');
    });
  });
}
