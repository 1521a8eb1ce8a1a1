import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MountOptions, parseMountOptions } from './mount-options.ts';

const NOTHING: MountOptions = {
  set: 0,
  clear: 0,
  propagation: 0,
  recursivePropagation: false,
  recursiveBind: false,
  bind: false,
  recursiveReadonly: false,
  mapIds: false,
  data: [],
};

const CASES: readonly (readonly [string, Partial<MountOptions>])[] = [
  ['', {}],
  ['ro', { set: 1 }],
  ['rw', { clear: 1 }],
  ['ro,rw', { clear: 1 }],
  ['rw,ro', { set: 1 }],
  ['nosuid,nodev,noexec', { set: 2 | 4 | 8 }],
  ['noexec,nosuid,nodev,exec', { set: 2 | 4, clear: 8 }],
  ['nosymfollow', { set: 0x20_0000 }],
  // The access time is one field: setting any value of it wants the whole field cleared (mount_setattr(2)).
  ['noatime', { set: 0x10, clear: 0x70 }],
  ['strictatime', { set: 0x20, clear: 0x70 }],
  ['noatime,strictatime', { set: 0x20, clear: 0x70 }],
  ['noatime,relatime', { set: 0, clear: 0x70 }],
  ['noatime,atime', { set: 0, clear: 0x70 }],
  ['nodiratime', { set: 0x80 }],
  ['rbind,rprivate', { bind: true, recursiveBind: true, propagation: 1 << 18, recursivePropagation: true }],
  ['bind,slave', { bind: true, propagation: 1 << 19 }],
  ['rbind,rshared', { bind: true, recursiveBind: true, propagation: 1 << 20, recursivePropagation: true }],
  ['private,rslave', { propagation: 1 << 19, recursivePropagation: true }],
  ['idmap,ro', { mapIds: true, set: 1 }],
  ['rro', { set: 1, recursiveReadonly: true }],
  ['mode=755,size=65536k,uid=5', { data: ['mode=755', 'size=65536k', 'uid=5'] }],
  ['defaults,async,z,Z,nocopy,delegated', {}],
];

for (const [text, want] of CASES) {
  test(`mount options "${text}"`, () => {
    assert.deepEqual(parseMountOptions(text.split(',').filter(Boolean)), { ...NOTHING, ...want });
  });
}
