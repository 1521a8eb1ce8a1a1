import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asContainerRoot, idsInside, idsOutside } from './translated-ids.ts';

const RANGE = [{ containerID: 0, hostID: 100_000, size: 1000 }];
const IDS = { uid: RANGE, gid: [{ containerID: 0, hostID: 200_000, size: 70_000 }] };

test('owners are those that the container sees, and nobody where it sees none', () => {
  const { uid, gid } = idsInside(IDS);
  assert.deepEqual([uid(100_000), uid(100_999), uid(101_000), uid(0)], [0, 999, 65_534, 65_534]);
  assert.equal(gid(200_005), 5);
});

test('what the container has no ID for belongs to its nobody, or to its root', () => {
  const { uid, gid } = idsOutside(IDS);
  assert.deepEqual([uid(0), uid(999), uid(1000)], [100_000, 100_999, 100_000]);
  assert.deepEqual([gid(7), gid(80_000)], [200_007, 265_534]);
});

test('every step of an extraction makes files as the container root, and ends as before, whatever happens', () => {
  const said: string[] = [];
  const libc = { fileUser: (uid: number, gid: number) => said.push(`${uid}:${gid}`) };
  const handler = {
    entry: () => said.push('entry'),
    data: () => {
      throw new RangeError('full');
    },
    entryEnd: () => said.push('end'),
  };
  const wrapped = asContainerRoot(handler, IDS, libc);
  wrapped.entry({} as Parameters<typeof wrapped.entry>[0]);
  assert.throws(() => wrapped.data(Buffer.alloc(0)), /full/);
  assert.deepEqual(said, ['100000:200000', 'entry', '0:0', '100000:200000', '0:0']);
});
