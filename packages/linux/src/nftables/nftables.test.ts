import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipBytes } from '../netlink/addresses.ts';
import { makeNamespace, noNamespaces as skip } from '../netlink/namespace.test-helper.ts';
import * as nft from './nftables.ts';

const table: nft.Table = { family: 'inet', name: 'wht' };

test('what is built reads in nft as it was meant', { skip }, async (t) => {
  const place = await makeNamespace('nft');
  try {
    if (place.sh('nft --version').startsWith('failed')) return t.skip('needs nftables');
    await place.run([
      nft.nftablesStep(
        [
          nft.addTable(table),
          nft.deleteTable(table),
          nft.addTable(table),
          nft.addChain(table, {
            name: 'forward',
            base: { type: 'filter', hook: 'forward', priority: nft.PRIORITY.filter, policy: 'drop' },
          }),
          nft.addChain(table, {
            name: 'post',
            base: { type: 'nat', hook: 'postrouting', priority: nft.PRIORITY.sourceNat },
          }),
          nft.addChain(table, {
            name: 'pre',
            base: { type: 'nat', hook: 'prerouting', priority: nft.PRIORITY.destinationNat },
          }),
          nft.addChain(table, { name: 'own' }),
          nft.addSet(table, { name: 'hosts', key: ['ipv4'], id: 1 }),
          nft.addSet(table, { name: 'bridges', key: ['interfaceName'], id: 2 }),
          nft.addSet(table, { name: 'published', key: ['protocol', 'port'], data: ['ipv4', 'port'], id: 3 }),
          nft.addElements(table, 'hosts', [{ key: ipBytes('10.0.0.1') }, { key: ipBytes('10.0.0.2') }]),
          nft.addElements(table, 'bridges', [{ key: nft.interfaceKey('wharf0') }]),
          nft.addElements(table, 'published', [
            { key: nft.publishedKey('tcp', 8080), data: nft.publishedTarget('172.17.0.2', 80) },
          ]),
          nft.addRule(table, 'forward', [nft.connectionState('established', 'related'), nft.counter(), nft.accept()]),
          nft.addRule(table, 'forward', [
            nft.inputInterface('wharf0'),
            nft.outputInterface('wharf0', { not: true }),
            nft.jump('own'),
          ]),
          nft.addRule(table, 'forward', [
            nft.inSet('inputInterface', 'bridges'),
            nft.inSet('source', 'hosts', { not: true }),
            nft.drop(),
          ]),
          nft.addRule(table, 'post', [
            nft.source('172.17.0.0', 16),
            nft.outputInterface('wharf0', { not: true }),
            nft.masquerade(),
          ]),
          nft.addRule(table, 'post', [
            nft.source('fd00::', 8),
            nft.destination('fd00::1', 128, { not: true }),
            nft.sourceNat('fd00::2'),
          ]),
          nft.addRule(table, 'pre', [nft.toThisMachine(), nft.destinationNatByMap('published')]),
          nft.addRule(table, 'pre', [
            nft.protocol('udp'),
            nft.port('destination', 53),
            nft.destinationNat('172.17.0.3', 5353),
          ]),
          nft.addRule(table, 'own', [nft.destination('172.17.0.0', 20), nft.drop()]),
          nft.addRule(table, 'own', [nft.protocol('tcp'), nft.port('source', 22), nft.accept()], { first: true }),
        ],
        { note: 'everything' },
      ),
    ]);
    const rules = place
      .sh('nft list table inet wht')
      .split('\n')
      .map((line) => line.trim());
    const wanted = [
      'type filter hook forward priority filter; policy drop;',
      'type nat hook postrouting priority srcnat; policy accept;',
      'type nat hook prerouting priority dstnat; policy accept;',
      'elements = { 10.0.0.1, 10.0.0.2 }',
      'elements = { "wharf0" }',
      'type inet_proto . inet_service : ipv4_addr . inet_service',
      'elements = { tcp . 8080 : 172.17.0.2 . 80 }',
      'ct state established,related counter packets 0 bytes 0 accept',
      'iifname "wharf0" oifname != "wharf0" jump own',
      'iifname @bridges ip saddr != @hosts drop',
      'ip saddr 172.17.0.0/16 oifname != "wharf0" masquerade',
      'ip6 saddr fd00::/8 ip6 daddr != fd00::1 snat ip6 to fd00::2',
      'fib daddr type local dnat ip to meta l4proto . th dport map @published',
      'udp dport 53 dnat ip to 172.17.0.3:5353',
      'ip daddr 172.17.0.0/20 drop',
      'tcp sport 22 accept',
    ];
    for (const line of wanted) assert.ok(rules.includes(line), `${line}\nis not in\n${rules.join('\n')}`);
    assert.ok(rules.indexOf('tcp sport 22 accept') < rules.indexOf('ip daddr 172.17.0.0/20 drop'));
    await place.run([
      nft.nftablesStep(
        [nft.deleteElements(table, 'hosts', [{ key: ipBytes('10.0.0.1') }]), nft.flushChain(table, 'own')],
        { note: 'less' },
      ),
    ]);
    const less = place.sh('nft list table inet wht');
    assert.match(less, /elements = \{ 10\.0\.0\.2 \}/);
    assert.doesNotMatch(less, /sport 22/);
  } finally {
    await place.close();
  }
});

test('a transaction with one wrong message changes nothing', { skip }, async () => {
  const place = await makeNamespace('nftx');
  try {
    const broken = nft.nftablesStep([nft.addTable(table), nft.addRule(table, 'missing', [nft.drop()])], {
      note: 'broken',
    });
    await assert.rejects(place.run([broken]), { code: 'OPERATION_FAILED' });
    assert.equal(place.sh('nft list tables'), '');
  } finally {
    await place.close();
  }
});
