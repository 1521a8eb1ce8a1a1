import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitMounts, fitSysctls } from './fit.ts';

const small = { uid: [], gid: [{ containerID: 0, hostID: 100, size: 4 }] };
const large = { uid: [], gid: [{ containerID: 0, hostID: 100, size: 65_536 }] };
const PING = 'net.ipv4.ping_group_range';

test('terminals belong to their group where the user namespace has it', () => {
  const mounts = [{ destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['mode=0620', 'gid=5'] }];
  assert.deepEqual(fitMounts(mounts, small)[0]?.options, ['mode=0620']);
  assert.deepEqual(fitMounts(mounts, large), mounts);
  assert.deepEqual(fitMounts(mounts, undefined), mounts);
});

test('every group that there is may send pings, unless the user says otherwise', () => {
  const defaults = { [PING]: '0 2147483647', other: '1' };
  assert.deepEqual(fitSysctls(defaults, large, {}), { [PING]: '0 65535', other: '1' });
  assert.deepEqual(fitSysctls(defaults, undefined, {}), defaults);
  assert.deepEqual(fitSysctls(defaults, large, { [PING]: '1 2' }), defaults);
});
