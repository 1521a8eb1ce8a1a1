import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allotRange, hostIdOf, mapAround, mapInOrder, rangesOf } from './id-ranges.ts';

test('ranges of an owner are found under its name or number; what is malformed is none', () => {
  const text = 'ann:100000:65536\n1000:5:2\nbob:1:1\nann:x:3\nann:1:0\nann:4294967290:100\nann:7:1:2\n\n#ann:3:4\n';
  assert.deepEqual(rangesOf(text, ['ann', '1000']), [
    { start: 100_000, count: 65_536 },
    { start: 5, count: 2 },
  ]);
  assert.deepEqual(rangesOf(text, ['eve']), []);
});

test('several ranges follow each other inside', () => {
  const maps = mapInOrder([
    { start: 100, count: 10 },
    { start: 500, count: 5 },
  ]);
  assert.deepEqual(maps, [
    { containerID: 0, hostID: 100, size: 10 },
    { containerID: 10, hostID: 500, size: 5 },
  ]);
  assert.deepEqual(
    [0, 9, 10, 14, 15].map((id) => hostIdOf(maps, id)),
    [100, 109, 500, 504, undefined],
  );
});

test('an ID that is kept has its place among the others, wherever it is', () => {
  const ranges = [
    { start: 100, count: 10 },
    { start: 500, count: 5 },
  ];
  for (const inside of [0, 3, 9, 10, 12, 15]) {
    const maps = mapAround(ranges, [{ containerID: inside, hostID: 7, size: 1 }]);
    const hosts = Array.from({ length: 16 }, (_, id) => hostIdOf(maps, id));
    const others = [
      ...Array.from({ length: 10 }, (_, at) => 100 + at),
      ...Array.from({ length: 5 }, (_, at) => 500 + at),
    ];
    assert.deepEqual(hosts, [...others.slice(0, inside), 7, ...others.slice(inside)], String(inside));
  }
  // Further out than the ranges reach: the IDs between have no host.
  const far = mapAround(ranges, [{ containerID: 100, hostID: 7, size: 1 }]);
  assert.deepEqual([hostIdOf(far, 14), hostIdOf(far, 15), hostIdOf(far, 100)], [504, undefined, 7]);
});

test('several fixed parts, next to each other too, push the others along', () => {
  const fixed = [
    { containerID: 6, hostID: 60, size: 2 },
    { containerID: 2, hostID: 20, size: 2 },
    { containerID: 4, hostID: 40, size: 1 },
  ];
  const maps = mapAround([{ start: 100, count: 5 }], fixed);
  const hosts = Array.from({ length: 11 }, (_, id) => hostIdOf(maps, id));
  assert.deepEqual(hosts, [100, 101, 20, 21, 40, 102, 60, 61, 103, 104, undefined]);
});

test('the first gap that is large enough is allotted', () => {
  const pool = [
    { start: 100, count: 50 },
    { start: 1000, count: 100 },
  ];
  const used = [
    { start: 130, count: 10 },
    { start: 100, count: 10 },
  ];
  assert.deepEqual(allotRange(pool, used, 20), { start: 110, count: 20 });
  assert.deepEqual(allotRange(pool, used, 21), { start: 1000, count: 21 });
  assert.deepEqual(allotRange(pool, [], 50), { start: 100, count: 50 });
  assert.equal(allotRange(pool, used, 101), undefined);
  assert.equal(allotRange([], [], 1), undefined);
});
