import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCode } from '@wharf/kit';
import { checkProcMounts } from './proc-mounts.ts';

const bind = (source: string, destination: string) => ({ destination, type: 'bind', source, options: ['rbind'] });

test('nothing hides /proc but what is the kernel’s, or made for it', () => {
  const proc = { destination: '/proc', type: 'proc', source: 'proc', options: [] };
  checkProcMounts([proc, bind('/proc', '/proc'), bind('/data', '/process'), bind('/x', '/proc/cpuinfo')]);
  checkProcMounts([{ destination: '/proc/acpi', type: 'tmpfs', source: 'tmpfs', options: ['ro'] }]);
  for (const [destination, why] of [
    ['/proc', /"\/proc" cannot be mounted because it is not of type proc/],
    ['/x/../proc/', /not of type proc/],
    ['/proc/self/attr', /cannot be mounted because it is inside \/proc: unknown$/],
  ] as const) {
    assert.throws(
      () => checkProcMounts([proc, bind('/data', destination)]),
      (error) => isCode(error, 'START_FAILED') && why.test(error.message),
    );
  }
});
