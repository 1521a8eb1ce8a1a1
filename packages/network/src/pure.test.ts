import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressPool } from './address-pool.ts';
import { chooseSubnet } from './bridge.ts';
import { hostNames, macOf } from './endpoint.ts';
import type { MachineNetwork } from './machine-network.ts';
import { freeSubnet, hostPart, overlap, parseSubnet, subnetText } from './subnet.ts';

const text = (subnet: ReturnType<typeof parseSubnet>) => subnetText(subnet);

test('subnets are parsed strictly and compared by their common prefix', () => {
  assert.equal(text(parseSubnet('172.17.3.9/16')), '172.17.0.0/16');
  assert.equal(text(parseSubnet('192.168.1.129/25')), '192.168.1.128/25');
  assert.ok(overlap(parseSubnet('10.0.0.0/8'), parseSubnet('10.9.0.0/16')));
  assert.ok(!overlap(parseSubnet('10.8.0.0/16'), parseSubnet('10.9.0.0/16')));
  for (const wrong of ['', '10.0.0.0', '10.0.0.0/7', '10.0.0.0/31', '300.0.0.0/16', 'fd00::/64', '10.0.0.0/16 ']) {
    assert.throws(() => parseSubnet(wrong), wrong);
  }
});

test("the first free one of Docker's pools is taken", () => {
  assert.equal(text(freeSubnet([])), '172.17.0.0/16');
  assert.equal(text(freeSubnet([parseSubnet('172.17.5.0/24'), parseSubnet('172.18.0.0/16')])), '172.19.0.0/16');
  assert.equal(text(freeSubnet([parseSubnet('172.16.0.0/12')])), '192.168.0.0/20');
  assert.throws(() => freeSubnet([parseSubnet('172.16.0.0/12'), parseSubnet('192.168.0.0/16')]), {
    code: 'ADDRESSES_EXHAUSTED',
  });
});

const link = { up: true, mtu: 1500, mac: '', kind: 'bridge', master: undefined };
const machine: MachineNetwork = {
  links: [
    { ...link, index: 1, name: 'lo' },
    { ...link, index: 2, name: 'eth0' },
    { ...link, index: 3, name: 'wharf0' },
  ],
  addresses: [
    { index: 1, address: '127.0.0.1', prefix: 8 },
    { index: 2, address: '172.17.8.9', prefix: 24 },
    { index: 3, address: '172.20.0.1', prefix: 16 },
    { index: 2, address: 'fd00:0:0:0:0:0:0:1', prefix: 64 },
  ],
  routes: [
    { destination: '0.0.0.0', prefix: 0, gateway: '172.17.8.1', out: 2 },
    { destination: '172.18.0.0', prefix: 16, gateway: '172.17.8.1', out: 2 },
    { destination: '172.20.0.0', prefix: 16, out: 3 },
  ],
};

test("the bridge's subnet is what is configured, or its own, or free of the machine's addresses and routes", () => {
  const wish = { name: 'wharf0', mtu: 1500, subnet: undefined, before: undefined };
  const choose = (changes: object, name = 'wharf0') => text(chooseSubnet(machine, { ...wish, name, ...changes }));
  assert.equal(choose({}), '172.20.0.0/16');
  assert.equal(choose({}, 'wharf1'), '172.19.0.0/16');
  assert.equal(choose({ before: parseSubnet('172.25.0.0/16') }), '172.25.0.0/16');
  assert.equal(choose({ before: parseSubnet('172.18.0.0/16') }), '172.20.0.0/16');
  assert.equal(choose({ subnet: parseSubnet('10.5.0.0/24') }), '10.5.0.0/24');
  assert.throws(() => choose({ subnet: parseSubnet('172.17.0.0/16') }), { code: 'NETWORK_CONFLICT' });
});

test('addresses go round, so that one that was given back is used last', () => {
  const pool = new AddressPool(parseSubnet('10.0.0.0/29'));
  assert.equal(pool.gateway, '10.0.0.1');
  assert.ok(pool.reserve('10.0.0.3'));
  assert.ok(!pool.reserve('10.0.0.3'));
  assert.ok(!pool.reserve('10.0.0.1'));
  assert.ok(!pool.reserve('10.0.1.3'));
  const four = [1, 2, 3, 4].map(() => pool.allocate('bridge'));
  assert.deepEqual(four, ['10.0.0.4', '10.0.0.5', '10.0.0.6', '10.0.0.2']);
  assert.throws(() => pool.allocate('bridge'), {
    code: 'ADDRESSES_EXHAUSTED',
    message: /no available IPv4 addresses on this network's address pools: bridge/,
  });
  pool.release('10.0.0.5');
  pool.release('10.0.0.1');
  assert.equal(pool.allocate('bridge'), '10.0.0.5');
  assert.throws(() => pool.allocate('bridge'), { code: 'ADDRESSES_EXHAUSTED' });
});

test('the bridge can have another address than the first', () => {
  assert.deepEqual(['10.0.0.0/29', '10.0.0.7/29', '10.0.0.3/29'].map(hostPart), [undefined, undefined, '10.0.0.3']);
  const pool = new AddressPool(parseSubnet('10.0.0.3/29'), hostPart('10.0.0.3/29'));
  assert.equal(pool.gateway, '10.0.0.3');
  assert.deepEqual(
    [1, 2, 3].map(() => pool.allocate('bridge')),
    ['10.0.0.1', '10.0.0.2', '10.0.0.4'],
  );
});

test('names, indices and hardware addresses follow from sandbox and address', () => {
  assert.equal(macOf('172.17.0.2'), '02:42:ac:11:00:02');
  const { hostInterface, hostIndex } = hostNames('a'.repeat(32));
  assert.match(hostInterface, /^wh[0-9a-f]{10}$/);
  assert.ok(hostIndex >= 0x10000000 && hostIndex < 0x20000000);
  assert.notEqual(hostNames('b').hostIndex, hostIndex);
});
