import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUsernsMode } from './mode.ts';

test('modes', () => {
  assert.deepEqual(parseUsernsMode(''), { kind: 'engine' });
  assert.deepEqual(parseUsernsMode('host'), { kind: 'host' });
  assert.deepEqual(parseUsernsMode('auto'), { kind: 'auto' });
  assert.deepEqual(parseUsernsMode('auto:size=5'), { kind: 'auto', size: 5 });
  const part = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size });
  assert.deepEqual(parseUsernsMode('auto:uidmapping=0:1000:1,size=9,uidmapping=5:2000:3,gidmapping=1:2:3'), {
    kind: 'auto',
    size: 9,
    uidmapping: [part(0, 1000, 1), part(5, 2000, 3)],
    gidmapping: [part(1, 2, 3)],
  });
  assert.deepEqual(parseUsernsMode('keep-id'), { kind: 'keep-id' });
  assert.deepEqual(parseUsernsMode('keep-id:gid=2,uid=1'), { kind: 'keep-id', uid: 1, gid: 2 });
});

for (const [text, message] of [
  ['other', /invalid USER mode: other/],
  ['nomap', /invalid USER mode: nomap/],
  ['container:x', /invalid USER mode/],
  ['auto:', /unknown option ""/],
  ['auto:uid=1', /unknown option "uid" of auto/],
  ['auto:size', /size wants a number/],
  ['auto:size=-1', /size wants a number/],
  ['auto:size=99999999999', /size wants a number/],
  ['auto:size=0', /at least one ID/],
  ['auto:uidmapping=1:2', /wants CONTAINER_ID:HOST_ID:SIZE/],
  ['auto:uidmapping=1:2:0', /is not within/],
  ['auto:gidmapping=1:2147483647:2', /gidmapping is not within/],
  ['auto:uidmapping=1:100:5,uidmapping=5:200:1', /parts that overlap/],
  ['auto:uidmapping=1:100:5,uidmapping=9:104:1', /parts that overlap/],
  ['keep-id:uid=1,uid=1', /uid is given twice/],
  ['keep-id:uid=2147483648', /uid wants a number from 0 to 2147483647/],
  ['keep-id:__proto__=1', /unknown option/],
] as const) {
  test(`"${text}" is refused`, () => assert.throws(() => parseUsernsMode(text), { code: 'BAD_CONFIG', message }));
}
