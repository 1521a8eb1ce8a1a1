import { type Area } from '../case.ts';

/** The value of one of two files: version 1's and version 2's. */
const either = (one: string, two: string): string =>
  `if [ -e /sys/fs/cgroup/cgroup.controllers ]; then cat /sys/fs/cgroup/${two}; else cat /sys/fs/cgroup/${one}; fi`;

const MEGABYTE = 1024 * 1024;

export const cgroups: Area = {
  name: 'control groups',
  cases: [
    {
      name: 'memory',
      script: either('memory/memory.limit_in_bytes', 'memory.max'),
      prints: String(32 * MEGABYTE),
      bundle: ({ linux }) => {
        linux.resources['memory'] = { limit: 32 * MEGABYTE };
      },
      flags: () => ['-m', '32m'],
    },
    {
      name: 'more memory than that is not to be had',
      script: 'exec tail /dev/zero',
      prints: '',
      code: 137,
      bundle: ({ linux }) => {
        linux.resources['memory'] = { limit: 16 * MEGABYTE, swap: 16 * MEGABYTE };
      },
      flags: () => ['-m', '16m', '--memory-swap', '16m'],
    },
    {
      name: 'number of processes',
      // Without further processes: none can be had meanwhile.
      script: `${either('pids/pids.max', 'pids.max')}; (for i in 1 2 3 4 5 6 7 8; do sleep 1 & done) 2>/dev/shm/said; read -r said </dev/shm/said; case "$said" in *fork*) echo refused;; esac; exec true`,
      prints: '6\nrefused',
      bundle: ({ linux }) => {
        linux.resources['pids'] = { limit: 6 };
      },
      flags: () => ['--pids-limit', '6'],
    },
    {
      name: 'processor time',
      script: `${either('cpu/cpu.cfs_quota_us', 'cpu.max')} | cut -d" " -f1`,
      prints: '50000',
      bundle: ({ linux }) => {
        linux.resources['cpu'] = { quota: 50_000, period: 100_000 };
      },
      flags: () => ['--cpus', '0.5'],
    },
    {
      name: 'processors',
      script: 'nproc',
      prints: '1',
      bundle: ({ linux }) => {
        linux.resources['cpu'] = { cpus: '0' };
      },
      flags: () => ['--cpuset-cpus', '0'],
    },
  ],
};
