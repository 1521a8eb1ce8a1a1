import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSysctls } from './sysctls.ts';

const PORT = 'net.ipv4.ip_unprivileged_port_start';
const PING = 'net.ipv4.ping_group_range';

test('low ports and ping are free in a network of the container’s own, and only there', () => {
  assert.deepEqual(
    buildSysctls({ NetworkMode: 'bridge', Sysctls: { [PORT]: '1024' } }, () => true),
    {
      [PORT]: '1024',
      [PING]: '0 2147483647',
    },
  );
  assert.deepEqual(
    buildSysctls({ NetworkMode: 'none' }, (path) => path.endsWith('start')),
    { [PORT]: '0' },
  );
  assert.deepEqual(
    buildSysctls({ NetworkMode: 'host' }, () => true),
    {},
  );
  assert.deepEqual(
    buildSysctls({ NetworkMode: 'container:x', Sysctls: { 'kernel.shmmax': '9' } }, () => true),
    {
      'kernel.shmmax': '9',
    },
  );
});
