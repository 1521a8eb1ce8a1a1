import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipBytes, ipText, macBytes, macText } from './addresses.ts';
import { listAttributes, nested, parseAttributes, text, u32 } from './attributes.ts';
import { addBridge, addVeth, deleteLink, dumpLinks, parseLinks, setBridgePort, setLink } from './links.ts';
import { encodeMessages, netlinkStep, parseReplies } from './message.ts';
import { makeNamespace, noNamespaces as skip } from './namespace.test-helper.ts';
import {
  addAddress,
  addNeighbour,
  addRoute,
  deleteAddress,
  deleteNeighbour,
  deleteRoute,
  dumpAddresses,
  dumpRoutes,
  parseAddresses,
  parseRoutes,
} from './routes.ts';

test('attributes are padded, nested and read back; a broken one ends the list', () => {
  const bytes = Buffer.concat([text(3, 'eth0'), u32(4, 1500), nested(18, text(1, 'veth'))]);
  assert.equal(bytes.length % 4, 0);
  const read = parseAttributes(bytes);
  assert.equal(read.get(3)?.toString(), 'eth0\0');
  assert.equal(read.get(4)?.readUInt32LE(), 1500);
  assert.equal(
    parseAttributes(read.get(18) ?? Buffer.alloc(0))
      .get(1)
      ?.toString(),
    'veth\0',
  );
  assert.deepEqual(listAttributes(bytes.subarray(0, 5)), []);
  assert.deepEqual(listAttributes(Buffer.from([0, 0, 1, 0])), []);
});

test('addresses are read strictly', () => {
  assert.deepEqual([...ipBytes('172.17.0.2')], [172, 17, 0, 2]);
  assert.equal(ipBytes('fd00::1').toString('hex'), 'fd000000000000000000000000000001');
  assert.equal(ipText(ipBytes('10.0.0.1')), '10.0.0.1');
  assert.equal(macText(macBytes('02:42:AC:11:00:02')), '02:42:ac:11:00:02');
  for (const wrong of ['', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4.5', 'x', ':::', '1::2::3', '1:2:3:4:5:6:7:8:9']) {
    assert.throws(() => ipBytes(wrong), { code: 'INVALID_ADDRESS' }, wrong);
  }
  assert.throws(() => macBytes('02:42'), { code: 'INVALID_ADDRESS' });
  assert.throws(() => addBridge({ name: 'a-name-that-is-too-long' }), { code: 'INVALID_ADDRESS' });
  assert.throws(() => addBridge({ name: 'a/b' }), { code: 'INVALID_ADDRESS' });
});

test("the child's process id belongs into the peer's namespace attribute, wherever the message stands", () => {
  const veth = addVeth({ name: 'h' }, { name: 'eth0', mac: '02:42:ac:11:00:02' }, { inChild: true });
  const { bytes, pidOffset } = encodeMessages([setLink({ index: 1, up: true }), veth, deleteLink({ name: 'x' })]);
  assert.equal(bytes.readUInt16LE(pidOffset - 4), 8);
  assert.equal(bytes.readUInt16LE(pidOffset - 2), 19);
  assert.throws(() => encodeMessages([veth, veth]), RangeError);
  assert.equal(encodeMessages([setLink({ index: 1, up: true })]).pidOffset, 0);
});

test('bridges, pairs, addresses, routes and neighbours are made, listed and removed', { skip }, async () => {
  const place = await makeNamespace('nl');
  const host = (note: string, ...messages: Parameters<typeof netlinkStep>[0]) =>
    place.run([netlinkStep(messages, { side: 'host', note })]);
  const ask = async (message: Parameters<typeof netlinkStep>[0][number]) =>
    parseReplies(await place.run([netlinkStep([message], { side: 'host', note: 'dump', answers: true })]));
  try {
    await host('bridge', addBridge({ name: 'wbr', mac: '02:42:ac:11:00:01', mtu: 1400, up: true }));
    const bridge = parseLinks(await ask(dumpLinks())).find(({ name }) => name === 'wbr');
    assert.deepEqual(
      { ...bridge, index: 0 },
      { index: 0, name: 'wbr', up: true, mtu: 1400, mac: '02:42:ac:11:00:01', kind: 'bridge', master: undefined },
    );
    const index = bridge?.index ?? 0;
    await host(
      'pair',
      addVeth(
        { name: 'vhost', index: 5000, master: index, up: true },
        { name: 'vpeer', index: 100, mac: '02:42:ac:11:00:02' },
        { inChild: false },
      ),
      setLink({ index: 100, up: true }),
      addAddress({ index, address: '172.30.0.1', prefix: 16 }),
      addAddress({ index, address: 'fd00:30::1', prefix: 64 }),
      addRoute({ destination: '10.9.0.0', prefix: 16, gateway: '172.30.0.7' }),
      addNeighbour({ index, address: '172.30.0.9', mac: '02:42:ac:11:00:09' }),
    );
    const links = parseLinks(await ask(dumpLinks()));
    assert.equal(links.find(({ name }) => name === 'vhost')?.master, index);
    assert.deepEqual(
      links.find(({ name }) => name === 'vpeer'),
      { index: 100, name: 'vpeer', up: true, mtu: 1500, mac: '02:42:ac:11:00:02', kind: 'veth', master: undefined },
    );
    assert.deepEqual(
      parseAddresses(await ask(dumpAddresses())).filter(
        (own) => own.index === index && !own.address.startsWith('fe80'),
      ),
      [
        { index, address: '172.30.0.1', prefix: 16 },
        { index, address: 'fd00:30:0:0:0:0:0:1', prefix: 64 },
      ],
    );
    assert.match(place.sh('ip addr show wbr'), /inet 172\.30\.0\.1\/16 brd 172\.30\.255\.255 scope global wbr/);
    assert.deepEqual(
      parseRoutes(await ask(dumpRoutes())).find(({ destination }) => destination === '10.9.0.0'),
      { destination: '10.9.0.0', prefix: 16, gateway: '172.30.0.7', out: index },
    );
    assert.match(place.sh('ip neigh'), /172\.30\.0\.9 dev wbr lladdr 02:42:ac:11:00:09 PERMANENT/);
    await host('port', setBridgePort(5000, { hairpin: true, isolated: true }));
    assert.match(place.sh('bridge -d link show dev vhost'), /hairpin on.*isolated on/s);
    await host(
      'rename',
      setLink({ name: 'vpeer', up: false }),
      setLink({ index: 100 }, { rename: 'eth9' }),
      setLink({ index: 100, mtu: 1300 }),
    );
    assert.match(place.sh('ip link show eth9'), /mtu 1300/);
    await host(
      'away',
      deleteRoute({ destination: '10.9.0.0', prefix: 16, gateway: '172.30.0.7' }),
      deleteNeighbour({ index, address: '172.30.0.9' }),
      deleteAddress({ index, address: '172.30.0.1', prefix: 16 }),
      deleteLink({ name: 'vhost' }),
      deleteLink({ index }),
    );
    assert.deepEqual(
      parseLinks(await ask(dumpLinks())).filter(({ kind }) => kind === 'veth' || kind === 'bridge'),
      [],
    );
    await assert.rejects(host('none', deleteLink({ name: 'wbr' })), { code: 'OPERATION_FAILED' });
  } finally {
    await place.close();
  }
});
