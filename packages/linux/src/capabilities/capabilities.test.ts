import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  capabilitiesOf,
  capabilityMask,
  capabilityNumber,
  combineCapabilities,
  parseCapability,
} from './capabilities.ts';
import { CAPABILITY_NAMES, DEFAULT_CAPABILITIES } from './table.ts';

test('names have the numbers of linux/capability.h', (t) => {
  assert.equal(capabilityNumber('CAP_CHOWN'), 0);
  assert.equal(capabilityNumber('CAP_SYS_ADMIN'), 21);
  assert.equal(capabilityNumber('CAP_CHECKPOINT_RESTORE'), 40);
  let header: string;
  try {
    header = readFileSync('/usr/include/linux/capability.h', 'utf8');
  } catch {
    t.diagnostic('no kernel headers here: only the corner stones were compared');
    return;
  }
  const defined = [...header.matchAll(/^#define (CAP_[A-Z_]+)\s+(\d+)$/gm)].map(([, name, number]) => [
    name,
    Number(number),
  ]);
  assert.deepEqual(
    defined,
    CAPABILITY_NAMES.slice(0, defined.length).map((name, number) => [name, number]),
  );
});

test('the default mask is the one that Docker containers show in CapEff', () => {
  assert.equal(DEFAULT_CAPABILITIES.length, 14);
  assert.equal(capabilityMask(DEFAULT_CAPABILITIES), 0xa80425fbn);
  assert.deepEqual(capabilitiesOf(0xa80425fbn).toSorted(), DEFAULT_CAPABILITIES.toSorted());
});

test('a capability is recognised in any case, with and without its prefix', () => {
  for (const text of ['net_admin', 'NET_ADMIN', 'cap_net_admin', 'CAP_NET_ADMIN']) {
    assert.equal(parseCapability(text), 'CAP_NET_ADMIN');
  }
  assert.throws(() => parseCapability('fly'), { code: 'UNKNOWN_CAPABILITY', message: 'unknown capability: "CAP_FLY"' });
});

test('changes are combined as Docker combines them', () => {
  const count = (changes: Parameters<typeof combineCapabilities>[0]) => combineCapabilities(changes).length;
  assert.deepEqual(combineCapabilities({}).toSorted(), DEFAULT_CAPABILITIES.toSorted());
  assert.equal(count({ privileged: true }), 41);
  assert.equal(count({ add: ['ALL'] }), 41);
  assert.equal(count({ add: ['all'], drop: ['mknod'] }), 40);
  assert.deepEqual(combineCapabilities({ drop: ['ALL'] }), []);
  assert.deepEqual(combineCapabilities({ drop: ['ALL'], add: ['CHOWN'] }), ['CAP_CHOWN']);
  assert.ok(!combineCapabilities({ drop: ['NET_RAW'] }).includes('CAP_NET_RAW'));
  assert.ok(combineCapabilities({ drop: ['NET_RAW'], add: ['NET_RAW'] }).includes('CAP_NET_RAW'));
});

test('ALL means what the engine itself has', () => {
  const without = capabilityMask(CAPABILITY_NAMES) & ~capabilityMask(['CAP_SYS_RESOURCE']);
  assert.ok(!combineCapabilities({ privileged: true }, without).includes('CAP_SYS_RESOURCE'));
  assert.ok(!combineCapabilities({ add: ['ALL'] }, without).includes('CAP_SYS_RESOURCE'));
  assert.ok(combineCapabilities({ add: ['SYS_RESOURCE'] }, without).includes('CAP_SYS_RESOURCE'));
});

test('a wrong name says which list it stood in', () => {
  assert.throws(() => combineCapabilities({ add: ['CAP_ALL'] }), {
    message: 'invalid CapAdd: unknown capability: "CAP_ALL"',
  });
  assert.throws(() => combineCapabilities({ drop: ['nope'] }), {
    message: 'invalid CapDrop: unknown capability: "CAP_NOPE"',
  });
});
