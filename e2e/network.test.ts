import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { eventually } from '@wharf/testkit';
import { Outside } from './support/outside.spawn.ts';
import { suite } from './support/suite.ts';

const IP = '{{.NetworkSettings.IPAddress}}';

suite('network', {}, ({ once, ours }) => {
  once('containers get addresses of one network and reach the gateway and each other', async ({ cli }) => {
    const one = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
    const two = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
    const [a, b] = [await cli.ok(['inspect', '-f', IP, one]), await cli.ok(['inspect', '-f', IP, two])];
    assert.match(a, /^\d+\.\d+\.\d+\.\d+$/);
    assert.notEqual(a, b);
    const gateway = await cli.ok(['inspect', '-f', '{{.NetworkSettings.Gateway}}', one]);
    const ping = (address: string): Promise<string> =>
      cli.ok(['run', '--rm', 'busybox', 'ping', '-c', '1', '-W', '2', address]);
    for (const address of [a, b, gateway]) assert.match(await ping(address), /1 packets received/);
    await cli.ok(['rm', '-f', one, two]);
  });

  once('addresses are given back', async ({ cli }) => {
    const address = (): Promise<string> => cli.ok(['run', '--rm', 'busybox', 'hostname', '-i']);
    const seen = new Set<string>();
    for (let at = 0; at < 6; at += 1) seen.add(await address());
    for (const one of seen) assert.match(one, /^\d+\.\d+\.\d+\.\d+$/);
  });

  once('the address, the route and the MAC address inside are those that inspect tells', async ({ cli }) => {
    const id = await cli.ok([
      'run',
      '-d',
      'busybox',
      'sh',
      '-c',
      'ip -4 -o addr show eth0; ip route; cat /sys/class/net/eth0/address; sleep 300',
    ]);
    const format = '{{with .NetworkSettings}}{{.IPAddress}} {{.IPPrefixLen}} {{.Gateway}} {{.MacAddress}}{{end}}';
    const [address, prefix, gateway, mac] = (await cli.ok(['inspect', '-f', format, id])).split(' ');
    const inside = await eventually(async () => {
      const log = await cli.ok(['logs', id]);
      return log.split('\n').length >= 4 ? log : undefined;
    });
    assert.ok(inside.includes(`inet ${address}/${prefix} `), inside);
    assert.ok(inside.includes(`default via ${gateway} dev eth0`), inside);
    assert.ok(inside.includes(String(mac)), inside);
    await cli.ok(['rm', '-f', id]);
  });

  ours('joining and leaving a network are events', async ({ cli }) => {
    const since = Math.floor(Date.now() / 1000);
    const id = await cli.ok(['create', 'busybox', 'true']);
    await cli.ok(['start', '-a', id]);
    const format = '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}} {{.Actor.Attributes.container}}';
    const until = Math.floor(Date.now() / 1000) + 1;
    const range = ['--since', String(since), '--until', String(until)];
    const lines = (await cli.ok(['events', ...range, '--filter', 'type=network', '--format', format])).split('\n');
    const own = lines.filter((line) => line.endsWith(id)).map((line) => line.replace(` ${id}`, ''));
    assert.deepEqual(own, ['connect bridge bridge', 'disconnect bridge bridge']);
    await cli.ok(['rm', id]);
  });

  once('a server outside is reached through NAT', async ({ cli, engine }) => {
    const outside = await Outside.start();
    try {
      const fetched = await cli.ok(['run', '--rm', 'busybox', 'nc', '-w', '3', outside.address, String(outside.port)]);
      const client = await cli.ok(['run', '--rm', 'busybox', 'hostname', '-i']);
      assert.equal(fetched, `you are ${outside.hostAddress}`, `not ${client}`);
      assert.ok(engine.pid > 0);
    } finally {
      await outside.stop();
    }
  });

  once('/etc/hosts and /etc/hostname name the container', async ({ cli }) => {
    const script = 'cat /etc/hostname; cat /etc/hosts; hostname -i';
    const lines = (
      await cli.ok(['run', '--rm', '-h', 'boat', '--add-host', 'far:10.9.8.7', 'busybox', 'sh', '-c', script])
    ).split('\n');
    const address = lines.at(-1) ?? '';
    assert.equal(lines[0], 'boat');
    assert.ok(lines.includes('127.0.0.1\tlocalhost'), lines.join('|'));
    assert.ok(lines.includes(`${address}\tboat`), lines.join('|'));
    assert.ok(lines.includes('10.9.8.7\tfar'), lines.join('|'));
  });

  once("/etc/resolv.conf: the host's servers, or those asked for", async ({ cli }) => {
    const asked = await cli.ok([
      'run',
      '--rm',
      '--dns',
      '192.0.2.53',
      '--dns-search',
      'example.org',
      'busybox',
      'cat',
      '/etc/resolv.conf',
    ]);
    assert.match(asked, /^nameserver 192\.0\.2\.53$/m);
    assert.match(asked, /^search example\.org$/m);
    const plain = await cli.ok(['run', '--rm', 'busybox', 'cat', '/etc/resolv.conf']);
    assert.match(plain, /^nameserver /m);
    assert.doesNotMatch(plain, /^nameserver 127\./m);
  });

  once('what a container writes into /etc/hosts survives a restart of it, not of another', async ({ cli }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', 'echo 10.1.1.1 own >> /etc/hosts; sleep 300']);
    await cli.ok(['run', '--rm', 'busybox', 'sh', '-c', '! grep own /etc/hosts']);
    await cli.ok(['rm', '-f', id]);
  });

  once('--network none: loopback and nothing else', async ({ cli }) => {
    const script = 'ls /sys/class/net; ip route; ping -c1 -W1 127.0.0.1 >/dev/null && echo lo';
    assert.equal(await cli.ok(['run', '--rm', '--network', 'none', 'busybox', 'sh', '-c', script]), 'lo\nlo');
  });

  once('--network host: the interfaces and the name of the host', async ({ cli }) => {
    const out = await cli.ok([
      'run',
      '--rm',
      '--network',
      'host',
      'busybox',
      'sh',
      '-c',
      'hostname; ls /sys/class/net',
    ]);
    const [name, ...interfaces] = out.split('\n');
    assert.equal(name, hostname());
    for (const one of interfaces) assert.ok(readdirSync('/sys/class/net').includes(one), one);
    assert.ok(interfaces.includes('lo'));
  });

  once('a network that does not exist is refused', async ({ cli }) => {
    const result = await cli.run(['run', '--rm', '--network', 'nowhere', 'busybox', 'true']);
    assert.ok([125, 1].includes(result.code));
    assert.match(result.stderr, /network nowhere not found/);
  });
});
