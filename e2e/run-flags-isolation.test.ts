import assert from 'node:assert/strict';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cli } from '@wharf/testkit';
import { groupOf, V2 } from './support/control-groups.ts';
import { field, inside, pidOf, refused, stays } from './support/flags.ts';
import { suite } from './support/suite.ts';

/** The namespace of a kind that a container's first process is in. */
async function namespaceOf(cli: Cli, container: string, kind: string): Promise<string> {
  return readlinkSync(`/proc/${await pidOf(cli, container)}/ns/${kind}`);
}

const host = (kind: string): string => readlinkSync(`/proc/self/ns/${kind}`);

suite('run flags: namespaces and privileges', {}, ({ both, once, ours }) => {
  both('--pid --uts --ipc of the host', async ({ cli }) => {
    const id = await stays(cli, '--pid', 'host', '--uts', 'host', '--ipc', 'host');
    for (const kind of ['pid', 'uts', 'ipc']) assert.equal(await namespaceOf(cli, id, kind), host(kind), kind);
    assert.equal(await cli.ok(['exec', id, 'hostname']), readFileSync('/proc/sys/kernel/hostname', 'utf8').trim());
    await cli.ok(['rm', '-f', id]);
    await refused(cli, ['--uts', 'nonsense'], /invalid UTS mode/);
    await refused(cli, ['--pid', 'nonsense'], /invalid PID mode/);
    await refused(cli, ['--ipc', 'nonsense'], /invalid IPC mode/i);
  });

  both('--pid --ipc of another container, with its shared memory', async ({ cli }) => {
    const donor = await stays(cli, '--ipc', 'shareable', '--shm-size', '3m');
    await cli.ok(['exec', donor, 'sh', '-c', 'echo shared > /dev/shm/file']);
    const script =
      "cat /dev/shm/file; df -k /dev/shm | tail -1 | awk '{ print $2 }'; echo back > /dev/shm/answer; ps -o comm";
    const said = await inside(cli, ['--pid', `container:${donor}`, '--ipc', `container:${donor}`], script);
    assert.deepEqual(said.split('\n').slice(0, 4), ['shared', '3072', 'COMMAND', 'sleep']);
    assert.equal(await cli.ok(['exec', donor, 'cat', '/dev/shm/answer']), 'back');
    await cli.ok(['rm', '-f', donor]);
    const alone = await stays(cli);
    await refused(cli, ['--ipc', `container:${alone}`], /non-shareable IPC/);
    await cli.ok(['rm', '-f', alone]);
    assert.equal(await inside(cli, ['--ipc', 'none'], 'grep -c " /dev/shm tmpfs" /proc/mounts || true'), '0');
  });

  ours('--cgroupns: the own groups are the root, or what the host has', async ({ cli }) => {
    const script = 'cut -d: -f3 /proc/self/cgroup | sort -u';
    assert.equal(await inside(cli, ['--cgroupns', 'private'], script), '/');
    assert.match(await inside(cli, ['--cgroupns', 'host'], script), /\/wharf/);
    await refused(cli, ['--cgroupns', 'nonsense'], /invalid CGROUP mode/i);
  });

  ours('--cgroup-parent: the groups are below it', async ({ cli, engine }) => {
    const parent = `/wharf-${engine.places.bridge}-parent`;
    const id = await stays(cli, '--cgroup-parent', parent);
    const group = groupOf(await pidOf(cli, id), 'memory');
    assert.match(group, new RegExp(`^/sys/fs/cgroup${V2 ? '' : '/memory'}${parent}/`));
    await cli.ok(['rm', '-f', id]);
  });

  both('--sysctl', async ({ cli }) => {
    const options = ['--sysctl', 'net.ipv4.ip_forward=1', '--sysctl', 'kernel.shm_rmid_forced=1'];
    const script = 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced';
    assert.equal(await inside(cli, options, script), '1\n1');
    await refused(cli, ['--sysctl', 'vm.swappiness=1'], /vm\.swappiness/);
  });

  both('--cap-add --cap-drop --security-opt', async ({ cli, engine }) => {
    const status = (options: string[], key: string) =>
      inside(cli, options, `awk '/^${key}:/ { print $2 }' /proc/self/status`);
    assert.equal(await status(['--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN'], 'CapEff'), '0000000000001000');
    assert.equal(await status(['--cap-drop', 'cap_chown'], 'CapBnd'), '00000000a80425fa');
    assert.equal(await status(['--security-opt', 'no-new-privileges'], 'NoNewPrivs'), '1');
    assert.equal(await status(['--security-opt', 'seccomp=unconfined'], 'Seccomp'), '0');
    const profile = join(engine.places.directory, 'profile.json');
    const rules = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }];
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: rules }));
    const made = await inside(cli, ['--security-opt', `seccomp=${profile}`], 'mkdir /x 2>&1; true');
    assert.match(made, /Operation not permitted/);
    const masked = 'ls /proc/acpi /sys/firmware 2>/dev/null | wc -l; grep -c " /proc/sys .*ro," /proc/mounts || true';
    assert.match(await inside(cli, ['--security-opt', 'systempaths=unconfined'], masked), /\n0$/);
    await refused(cli, ['--cap-add', 'NONSENSE'], /unknown capability|invalid CapAdd/i);
  });

  // dockerd fails where the machine itself lacks capabilities.
  ours('--privileged: the devices of the host, and mounting', async ({ cli }) => {
    assert.equal(
      await inside(cli, ['--privileged'], 'ls /dev | grep -c loop-control; mount -t tmpfs x /tmp && echo mounted'),
      '1\nmounted',
    );
  });

  both('--network --net: none, host, bridge, another container', async ({ cli }) => {
    const links = (...options: string[]) =>
      cli.ok(['run', '--rm', ...options, 'busybox', 'ls', '/sys/class/net']).then((text) => text.split('\n'));
    assert.deepEqual(await links('--network', 'none'), ['lo']);
    assert.deepEqual(await links('--net', 'bridge'), ['eth0', 'lo']);
    const id = await cli.ok(['run', '-d', 'busybox', 'sleep', '60']);
    const address = await field(cli, id, '.NetworkSettings.IPAddress');
    const shared = await cli.ok(['run', '--rm', '--network', `container:${id}`, 'busybox', 'ip', '-4', 'addr']);
    assert.ok(shared.includes(address), shared);
    await cli.ok(['rm', '-f', id]);
    const on = await cli.ok(['run', '-d', '--network', 'host', 'busybox', 'sleep', '60']);
    assert.equal(await namespaceOf(cli, on, 'net'), host('net'));
    await cli.ok(['rm', '-f', on]);
  });

  both('--dns --dns-option --dns-opt --dns-search --add-host --expose --link-local-ip', async ({ cli }) => {
    const options = ['--dns', '192.0.2.53', '--dns-option', 'ndots:3', '--dns-search', 'example.org'];
    const hosts = ['--add-host', 'there:192.0.2.7', '--expose', '8080-8081/tcp'];
    const run = ['run', '--name', `net-${cli.name}`, ...options, '--dns-opt', 'timeout:1', ...hosts, 'busybox'];
    const said = await cli.ok([...run, 'sh', '-c', 'grep -v "^#" /etc/resolv.conf; grep there /etc/hosts']);
    for (const line of ['nameserver 192.0.2.53', 'search example.org', 'options ndots:3 timeout:1']) {
      assert.ok(said.includes(line), said);
    }
    assert.match(said, /192\.0\.2\.7\s+there$/);
    const ports = JSON.parse(await field(cli, `net-${cli.name}`, 'json .Config.ExposedPorts')) as object;
    assert.deepEqual(Object.keys(ports).sort(), ['8080/tcp', '8081/tcp']);
    await cli.ok(['rm', `net-${cli.name}`]);
  });

  ours(
    '--publish --publish-all --ip --ip6 --mac-address --link --network-alias --net-alias: told plainly',
    async ({ cli }) => {
      await refused(cli, ['--publish', '127.0.0.1:8080:80'], /publishing ports is not available yet/);
      await refused(cli, ['--publish-all', '--expose', '80'], /publishing ports is not available yet/);
      await refused(cli, ['--ip', '192.0.2.9'], /user specified IP address is supported on user defined networks only/);
      await refused(
        cli,
        ['--ip6', '2001:db8::9'],
        /user specified IP address is supported on user defined networks only/,
      );
      await refused(
        cli,
        ['--mac-address', '92:d0:c6:0a:29:33'],
        /a MAC address of your own choice is not available yet/,
      );
      await refused(cli, ['--link-local-ip', '169.254.1.1'], /user specified IP address is supported on user defined/);
      await refused(cli, ['--link', 'other:alias'], /links are not available yet|could not get container for other/i);
      await refused(cli, ['--network', 'own', '--network-alias', 'x'], /network own not found|not available yet/);
      await refused(cli, ['--network', 'own', '--net-alias', 'x'], /network own not found|not available yet/);
    },
  );

  once('a container of another network mode takes no port', async ({ cli }) => {
    assert.equal((await cli.run(['run', '--rm', '--network', 'none', '-P', 'busybox', 'true'])).code, 0);
  });
});
