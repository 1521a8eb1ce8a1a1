import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printProgram } from '@wharf/linux';
import type { OciMount } from '@wharf/spec';
import { lowerCellMount } from './cell-bind.ts';

function print(mount: Partial<OciMount>, mapped = false): string[] {
  const whole = { destination: '/d', type: 'bind', source: '/s', options: [], fromCell: {}, ...mount };
  return printProgram(lowerCellMount(whole, { mapped }));
}

const SHARED = 1 << 20;
const SLAVE = 1 << 19;
const PRIVATE = 1 << 18;
const GIVEN = ['host  GIVE', 'child BIND source="" target="/d" flags=0 set=0 clear=0 propagation=0 kind=0'];

test('a bind is made by the cell, handed over, and attached by the child', () => {
  assert.deepEqual(print({ options: ['rbind', 'rprivate'] }), [
    `host  BIND source="/s" target="" flags=${1 | 4 | 32} set=0 clear=0 propagation=${PRIVATE} kind=0`,
    ...GIVEN,
  ]);
});

test('what is shared stays shared with the host; from a user namespace nothing gets out', () => {
  const propagation = (mapped: boolean) => print({ options: ['rbind', 'rshared'] }, mapped)[0];
  assert.match(propagation(false) ?? '', new RegExp(`propagation=${SHARED} `));
  assert.match(propagation(true) ?? '', new RegExp(`propagation=${SLAVE} `));
});

test('attributes that reach less deep than the propagation take a step of their own', () => {
  const lines = print({ options: ['rbind', 'rprivate', 'ro'] });
  assert.deepEqual(lines, [
    'host  BIND source="/s" target="" flags=33 set=1 clear=0 propagation=0 kind=0',
    ...GIVEN,
    `child SET_ATTR target="/d" flags=1 set=0 clear=0 propagation=${PRIVATE}`,
  ]);
});

test('below a directory the source is looked up in that directory as if it were the root', () => {
  assert.deepEqual(print({ source: '/v/_data/a/b', options: ['bind'], fromCell: { below: '/v/_data' } }), [
    'host  ROOT path="/v/_data"',
    `host  BIND source="a/b" target="" flags=${2 | 32} set=0 clear=0 propagation=${PRIVATE} kind=0`,
    ...GIVEN,
  ]);
  assert.match(print({ source: '/v', fromCell: { below: '/v' } })[1] ?? '', /source="\."/);
});

test('in the mount namespace of another container, out of which the cell comes back', () => {
  assert.deepEqual(print({ source: '/dev/shm', options: ['bind'], fromCell: { namespace: '/proc/7/ns/mnt' } }), [
    'host  ASIDE on=1',
    'host  SETNS path="/proc/7/ns/mnt" type=131072',
    `host  BIND source="/dev/shm" target="" flags=32 set=0 clear=0 propagation=${PRIVATE} kind=0`,
    'host  ASIDE on=0',
    ...GIVEN,
  ]);
});

test('IDs are mapped only where there is a user namespace', () => {
  const flags = (mapped: boolean) => /flags=(\d+)/.exec(print({ options: ['bind', 'idmap'] }, mapped)[0] ?? '')?.[1];
  assert.deepEqual([flags(false), flags(true)], ['32', String(32 | 16)]);
});

test('an image is an overlay of its layers without a place for changes; a part of it is bound', () => {
  const image = { type: 'overlay', source: 'overlay', options: ['ro', 'lowerdir=/l/2:/l/1'] };
  const mounted =
    'host  FSMOUNT fstype="overlay" options=["source=overlay","lowerdir+=/l/2","lowerdir+=/l/1"] attributes=1 flags=2 target=""';
  assert.deepEqual(print(image), [mounted, ...GIVEN]);
  assert.deepEqual(print({ ...image, fromCell: { below: 'etc' } }), [
    mounted,
    `host  BIND source="etc" target="" flags=${2 | 32} set=1 clear=0 propagation=${PRIVATE} kind=0`,
    ...GIVEN,
  ]);
});
