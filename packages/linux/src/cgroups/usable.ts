import type { OciResources } from '@wharf/spec';
import type { CgroupFeatures } from './features.ts';

interface Check {
  readonly set: (resources: OciResources) => boolean;
  /** Any of these files makes it possible, in v1 and in v2. */
  readonly v1: readonly string[];
  readonly v2: readonly string[];
  readonly warning: string;
  readonly without: (resources: OciResources) => OciResources;
}

/** Limits that some kernels lack, with what Docker says then. */
const CHECKS: readonly Check[] = [
  {
    set: ({ memory }) => (memory?.limit ?? 0) > 0,
    v1: ['memory.limit_in_bytes'],
    v2: ['memory.max'],
    warning:
      'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    without: (resources) => ({ ...resources, memory: {} }),
  },
  {
    set: ({ memory }) => (memory?.limit ?? 0) > 0 && (memory?.swap ?? 0) !== 0 && memory?.swap !== -1,
    v1: ['memory.memsw.limit_in_bytes'],
    v2: ['memory.swap.max'],
    warning:
      'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
    without: (resources) => withoutMember(resources, 'memory', 'swap'),
  },
  {
    set: ({ memory }) => memory?.swap === -1,
    v1: ['memory.memsw.limit_in_bytes'],
    v2: ['memory.swap.max'],
    warning: '',
    without: (resources) => withoutMember(resources, 'memory', 'swap'),
  },
  {
    set: ({ memory }) => memory?.swappiness !== undefined,
    v1: ['memory.swappiness'],
    v2: [],
    warning:
      'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
    without: (resources) => withoutMember(resources, 'memory', 'swappiness'),
  },
  {
    set: ({ memory }) => (memory?.reservation ?? 0) > 0,
    v1: ['memory.soft_limit_in_bytes'],
    v2: ['memory.low'],
    warning:
      'Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.',
    without: (resources) => withoutMember(resources, 'memory', 'reservation'),
  },
  {
    set: ({ memory }) => memory?.disableOOMKiller === true,
    v1: ['memory.oom_control'],
    v2: [],
    warning: 'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
    without: (resources) => withoutMember(resources, 'memory', 'disableOOMKiller'),
  },
  {
    set: ({ memory }) => memory?.disableOOMKiller === false,
    v1: ['memory.oom_control'],
    v2: [],
    warning: '',
    without: (resources) => withoutMember(resources, 'memory', 'disableOOMKiller'),
  },
  {
    set: ({ pids }) => (pids?.limit ?? 0) !== 0,
    v1: ['pids.max'],
    v2: ['pids.max'],
    warning: 'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
    without: (resources) => ({ ...resources, pids: { limit: 0 } }),
  },
  {
    set: ({ cpu }) => (cpu?.shares ?? 0) > 0,
    v1: ['cpu.shares'],
    v2: ['cpu.weight'],
    warning: 'Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.',
    without: (resources) => withoutMember(resources, 'cpu', 'shares'),
  },
  {
    set: ({ cpu }) => (cpu?.period ?? 0) !== 0 || (cpu?.quota ?? 0) !== 0,
    v1: ['cpu.cfs_quota_us'],
    v2: ['cpu.max'],
    warning: 'Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.',
    without: (resources) => withoutMember(withoutMember(resources, 'cpu', 'period'), 'cpu', 'quota'),
  },
  {
    set: ({ cpu }) => (cpu?.realtimePeriod ?? 0) !== 0 || (cpu?.realtimeRuntime ?? 0) !== 0,
    v1: ['cpu.rt_runtime_us'],
    v2: [],
    warning: 'Your kernel does not support CPU real-time scheduler. CPU real-time period/runtime discarded.',
    without: (resources) => withoutMember(withoutMember(resources, 'cpu', 'realtimePeriod'), 'cpu', 'realtimeRuntime'),
  },
  {
    set: ({ cpu }) => Boolean(cpu?.cpus) || Boolean(cpu?.mems),
    v1: ['cpuset.cpus'],
    v2: ['cpuset.cpus'],
    warning: 'Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.',
    without: (resources) => withoutMember(withoutMember(resources, 'cpu', 'cpus'), 'cpu', 'mems'),
  },
  {
    set: ({ blockIO }) => (blockIO?.weight ?? 0) > 0,
    v1: ['blkio.weight', 'blkio.bfq.weight'],
    v2: ['io.weight', 'io.bfq.weight'],
    warning: 'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.',
    without: (resources) => withoutMember(resources, 'blockIO', 'weight'),
  },
  {
    set: ({ blockIO }) => (blockIO?.weightDevice ?? []).length > 0,
    v1: ['blkio.weight_device', 'blkio.bfq.weight_device'],
    v2: ['io.weight', 'io.bfq.weight'],
    warning:
      'Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.',
    without: (resources) => withoutMember(resources, 'blockIO', 'weightDevice'),
  },
  throttle('throttleReadBpsDevice', 'read_bps', 'BPS Block I/O read limit', 'Block I/O BPS read limit'),
  throttle('throttleWriteBpsDevice', 'write_bps', 'BPS Block I/O write limit', 'Block I/O BPS write limit'),
  throttle('throttleReadIOPSDevice', 'read_iops', 'IOPS Block read limit', 'Block I/O IOPS read limit'),
  throttle('throttleWriteIOPSDevice', 'write_iops', 'IOPS Block write limit', 'Block I/O IOPS write limit'),
];

/** Leaves out what the kernel cannot do; says so in Docker's words. */
export function usable(
  resources: OciResources,
  features: CgroupFeatures,
  v2: boolean,
): { readonly resources: OciResources; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  let rest = resources;
  for (const check of CHECKS) {
    if (!check.set(rest) || (v2 ? check.v2 : check.v1).some((file) => features.files.has(file))) continue;
    if (check.warning !== '') warnings.push(check.warning);
    rest = check.without(rest);
  }
  return { resources: rest, warnings };
}

type Throttle =
  | 'throttleReadBpsDevice'
  | 'throttleWriteBpsDevice'
  | 'throttleReadIOPSDevice'
  | 'throttleWriteIOPSDevice';

function throttle(member: Throttle, file: string, what: string, discarded: string): Check {
  return {
    set: ({ blockIO }) => (blockIO?.[member] ?? []).length > 0,
    v1: [`blkio.throttle.${file}_device`],
    v2: ['io.max'],
    warning: `Your kernel does not support ${what} or the cgroup is not mounted. ${discarded} discarded.`,
    without: (resources) => withoutMember(resources, 'blockIO', member),
  };
}

function withoutMember(resources: OciResources, group: 'memory' | 'cpu' | 'blockIO', member: string): OciResources {
  const members = Object.entries(resources[group] ?? {}).filter(([name]) => name !== member);
  return { ...resources, [group]: Object.fromEntries(members) };
}
