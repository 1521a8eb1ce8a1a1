import { posix } from 'node:path';
import type { OciMount } from '@wharf/spec';
import { fail } from '../errors.ts';
import { startError } from '../start-error.ts';

/** Files that others (lxcfs) show a container in place of the kernel's; runc lets these through too. */
const REPLACEABLE = new Set(
  [
    ...['cpuinfo', 'diskstats', 'meminfo', 'stat', 'swaps', 'uptime', 'loadavg', 'slabinfo', 'net/dev'],
    ...['sys/kernel/ns_last_pid', 'sys/crypto/fips_enabled'],
  ].map((name) => `/proc/${name}`),
);

const isBelow = (path: string, directory: string) => path === directory || path.startsWith(`${directory}/`);

/**
 * Refuses to hide /proc, or parts of it, behind files of an image or a volume: programs trust what they read and write
 * there (CVE-2019-16884). The host's own /proc may be bound. Throws START_FAILED in the words of runc.
 */
export function checkProcMounts(mounts: readonly OciMount[]): void {
  for (const { destination, type, source, options } of mounts) {
    const path = posix.normalize(destination).replace(/(.)\/$/, '$1');
    const bound = type === 'bind' || options.some((option) => option === 'bind' || option === 'rbind');
    if (!bound || !isBelow(path, '/proc') || isBelow(posix.normalize(source), '/proc') || REPLACEABLE.has(path))
      continue;
    const why = path === '/proc' ? 'it is not of type proc' : 'it is inside /proc';
    const words = `error mounting ${JSON.stringify(source)} to rootfs at "${path}": "${path}" cannot be mounted because ${why}`;
    throw startError(fail('START_FAILED', words));
  }
}
