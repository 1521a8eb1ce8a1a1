import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Database, silentLogger, systemClock } from '@wharf/kit';
import { Machine, skip, works } from './machine.test-helper.ts';
import { NetworkService } from './network-service.ts';
import { networkSchema } from './store.ts';
import { viewEndpoint } from './views.ts';

const directory = mkdtempSync(join(tmpdir(), 'wharf-network-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const machineOf = (suffix: string) => new Machine(suffix, directory);

test('two sandboxes reach each other, the bridge and the world; the world does not reach them', { skip }, async () => {
  const machine = await machineOf('a').enter();
  const world = machineOf('w');
  try {
    machine.sh(
      `ip link add up0 type veth peer name down0 netns ${world.name}; ip addr add 198.51.100.1/24 dev up0; ip link set up0 up`,
    );
    world.sh(
      'ip addr add 198.51.100.2/24 dev down0; ip link set down0 up; ip route add 172.16.0.0/12 via 198.51.100.1',
    );
    const service = machine.service();
    await service.start();
    const [one, two] = [await machine.sandbox(service, 'one'), await machine.sandbox(service, 'two')];
    const [first, second] = [service.endpoint('one'), service.endpoint('two')];
    assert.equal(first?.ip, '172.17.0.2');
    assert.equal(second?.ip, '172.17.0.3');
    const addresses = one.inside('ip addr');
    assert.match(addresses, /eth0@.*state UP/);
    assert.match(addresses, /link\/ether 02:42:ac:11:00:02/);
    assert.match(addresses, /inet 172\.17\.0\.2\/16 brd 172\.17\.255\.255/);
    assert.match(addresses, /lo: .*UP/);
    assert.doesNotMatch(addresses, /inet6 fe80/);
    assert.match(one.inside('ip route'), /^default via 172\.17\.0\.1 dev eth0/);
    assert.ok(one.reaches('172.17.0.1') && one.reaches('172.17.0.3') && one.reaches('127.0.0.1'));
    assert.ok(one.reaches('198.51.100.2'));
    world.sh('ip route del 172.16.0.0/12');
    assert.ok(two.reaches('198.51.100.2'), 'under the address of the machine');
    world.sh('ip route add 172.16.0.0/12 via 198.51.100.1');
    assert.notEqual(spawnSync('ip', ['netns', 'exec', world.name, 'ping', '-c1', '-W1', '172.17.0.2']).status, 0);
    assert.match(machine.sh(`ip link show ${first?.hostInterface}`), /master whb0/);
  } finally {
    await world.close();
    await machine.close();
  }
});

test('after a crash bridge, rules, subnet, ids and addresses are the same; leftovers go', { skip }, async () => {
  const machine = await machineOf('r').enter();
  try {
    const before = machine.service();
    await before.start();
    const kept = await machine.sandbox(before, 'kept');
    await machine.sandbox(before, 'dead');
    machine.sh(
      'ip link add whleft type veth peer name whother; ip link set whleft master whb0; ip link add mine type veth peer name mine2; ip link set mine master whb0; ip addr add 172.99.0.1/24 dev whb0',
    );
    const endpoint = before.endpoint('kept');
    const [rules, index] = [machine.sh('nft list ruleset'), machine.sh('cat /sys/class/net/whb0/ifindex')];
    const afterwards = machine.service();
    await afterwards.start();
    assert.deepEqual(afterwards.endpoint('kept'), endpoint);
    assert.equal(afterwards.networkId('bridge'), before.networkId('bridge'));
    assert.equal(machine.sh('nft list ruleset'), rules);
    assert.equal(machine.sh('cat /sys/class/net/whb0/ifindex'), index);
    assert.doesNotMatch(machine.sh('ip addr'), /whleft|172\.99\.0\.1/);
    assert.match(machine.sh('ip link'), /mine@/);
    await afterwards.reconcile(new Set(['kept']));
    assert.equal(afterwards.endpoint('dead'), undefined);
    assert.deepEqual(
      machine
        .sh('ls /sys/class/net')
        .split('\n')
        .filter((name) => /^wh[0-9a-f]{10}$/.test(name)),
      [endpoint?.hostInterface],
    );
    assert.ok(kept.reaches('172.17.0.1'));
    assert.equal(afterwards.allocate('next').ip, '172.17.0.4');
    await afterwards.stop();
    assert.match(machine.sh('ip link'), /whb0/, 'in use, so it stays');
    for (const id of ['kept', 'next', 'next']) await afterwards.release(id);
    await afterwards.stop();
    assert.doesNotMatch(machine.sh('ip link'), /whb0/);
    assert.equal(machine.sh('nft list ruleset'), '');
  } finally {
    await machine.close();
  }
});

test('two engines on one machine have bridges, subnets and tables of their own', { skip }, async () => {
  const machine = await machineOf('t').enter();
  try {
    const [a, b] = [machine.service(), machine.service({ bridge: 'whb1', nftTable: 'wht1' })];
    await a.start();
    await b.start();
    const [one, two] = [await machine.sandbox(a, 'one'), await machine.sandbox(b, 'two')];
    assert.equal(b.endpoint('two')?.ip, '172.18.0.2');
    assert.ok(one.reaches('172.17.0.1') && two.reaches('172.18.0.1'));
    assert.ok(!one.reaches('172.18.0.2'), 'not from the one into the other');
    await a.release('one');
    await a.stop();
    assert.match(machine.sh('nft list tables'), /^table inet wht1\n$/);
    const c = machine.service({ bridge: 'whb1', nftTable: 'x', subnet: '10.77.0.9/24' });
    await c.start();
    assert.match(machine.sh('ip -4 addr show whb1'), /inet 10\.77\.0\.9\/24/);
    assert.equal(c.endpoint('two'), undefined, 'an address of another subnet is of no use');
  } finally {
    await machine.close();
  }
});

test("beside Docker's closed forward chain containers still reach the world", { skip }, async (t) => {
  if (!works('iptables -V | grep nf_tables')) return t.skip('needs iptables with nf_tables');
  const machine = await machineOf('d').enter();
  const world = machineOf('dw');
  try {
    machine.sh(
      `ip link add up0 type veth peer name down0 netns ${world.name}; ip addr add 198.51.100.1/24 dev up0; ip link set up0 up`,
    );
    world.sh(
      'ip addr add 198.51.100.2/24 dev down0; ip link set down0 up; ip route add 172.16.0.0/12 via 198.51.100.1',
    );
    machine.sh(
      'iptables -P FORWARD DROP; iptables -N DOCKER-USER; iptables -A DOCKER-USER -j RETURN; iptables -I FORWARD -j DOCKER-USER',
    );
    machine.sh(
      "nft 'add table inet other; add chain inet other f { type filter hook forward priority 5; policy drop; }; add rule inet other f accept'",
    );
    const before = machine.sh('iptables -S');
    const service = machine.service();
    await service.start();
    await service.start();
    const rules = machine
      .sh('iptables -S')
      .split('\n')
      .filter((line) => line.includes('whb0'));
    assert.deepEqual(rules.map((line) => line.replace(/ -m comment --comment "?wht"?/, '')).toSorted(), [
      '-A DOCKER-USER -i whb0 -j ACCEPT',
      '-A DOCKER-USER -o whb0 -j ACCEPT',
    ]);
    const one = await machine.sandbox(service, 'one');
    assert.ok(one.reaches('198.51.100.2'));
    assert.notEqual(spawnSync('ip', ['netns', 'exec', world.name, 'ping', '-c1', '-W1', '172.17.0.2']).status, 0);
    await service.release('one');
    await service.stop();
    assert.equal(machine.sh('iptables -S'), before);
  } finally {
    await world.close();
    await machine.close();
  }
});

test('what cannot be is refused', { skip }, async () => {
  const machine = await machineOf('x').enter();
  try {
    machine.sh('ip link add whb0 type veth peer name other; ip addr add 10.1.2.3/24 dev whb0; ip link set whb0 up');
    await assert.rejects(machine.service().start(), { code: 'NETWORK_CONFLICT', message: /is no bridge/ });
    await assert.rejects(machine.service({ bridge: 'whb2', subnet: '10.1.0.0/16' }).start(), {
      code: 'NETWORK_CONFLICT',
      message: /overlaps/,
    });
    await assert.rejects(machine.service({ bridge: 'whb2', subnet: 'x' }).start(), { code: 'INVALID_NETWORK_SETTING' });
    assert.throws(() => machine.service().allocate('x'), { code: 'NETWORK_CONFLICT' });
    assert.throws(() => machine.service().networkId('x'), { code: 'NO_SUCH_NETWORK', message: 'network x not found' });
  } finally {
    await machine.close();
  }
});

test('networks are listed as the API shows them, and files follow from mode and request', { skip }, async () => {
  const machine = await machineOf('v').enter();
  try {
    const database = new Database(join(directory, 'views.db'), [networkSchema]);
    const hostFiles = {
      hosts: join(directory, 'hosts'),
      resolvConf: join(directory, 'resolv.conf'),
      resolved: join(directory, 'resolved.conf'),
    };
    writeFileSync(hostFiles.hosts, '10.0.0.9 host\n');
    writeFileSync(hostFiles.resolvConf, 'nameserver 127.0.0.53\n');
    writeFileSync(hostFiles.resolved, 'nameserver 10.0.0.53\n');
    const service = new NetworkService({
      database,
      runner: machine.runner,
      clock: systemClock(),
      logger: silentLogger,
      config: { bridge: 'whb0', nftTable: 'wht' },
      hostFiles,
    });
    await service.start();
    assert.deepEqual(
      service.list().map(({ Name, Driver }) => [Name, Driver]),
      [
        ['bridge', 'bridge'],
        ['host', 'host'],
        ['none', 'null'],
      ],
    );
    const endpoint = service.allocate('s');
    const view = service.inspect(service.networkId('bridge').slice(0, 8), [{ id: 'c', name: 'happy', sandbox: 's' }]);
    assert.deepEqual(view.IPAM.Config, [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }]);
    assert.deepEqual(view.Containers, {
      c: {
        Name: 'happy',
        EndpointID: endpoint.endpointId,
        MacAddress: '02:42:ac:11:00:02',
        IPv4Address: '172.17.0.2/16',
        IPv6Address: '',
      },
    });
    assert.equal(view.Options['com.docker.network.bridge.name'], 'whb0');
    assert.equal(viewEndpoint(endpoint.networkId, endpoint).IPAddress, '172.17.0.2');
    assert.equal(viewEndpoint(endpoint.networkId, undefined).EndpointID, '');
    assert.throws(() => service.inspect('nope', []), { code: 'NO_SUCH_NETWORK' });
    assert.throws(() => service.inspect('', []), { code: 'NO_SUCH_NETWORK' });
    const request = {
      hostname: 'h',
      domainname: '',
      ip: '172.17.0.2',
      dns: [],
      dnsSearch: [],
      dnsOptions: [],
      extraHosts: ['gw:host-gateway'],
    };
    const own = service.files({ ...request, mode: 'bridge' });
    assert.match(own.hosts, /172\.17\.0\.1\tgw\n172\.17\.0\.2\th\n$/);
    assert.equal(own.resolvConf, 'nameserver 10.0.0.53\n');
    const shared = service.files({ ...request, mode: 'host' });
    assert.equal(shared.hosts, '10.0.0.9 host\n172.17.0.1\tgw\n');
    assert.equal(shared.resolvConf, 'nameserver 127.0.0.53\n');
    database.close();
  } finally {
    await machine.close();
  }
});
