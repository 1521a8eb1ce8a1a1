import type { OciResources } from '@wharf/spec';
import { fail } from '../errors.ts';
import { cpuWeight, ioWeight, limitText, swapMax } from './convert.ts';
import type { CgroupRequest, CgroupWrite } from './plan.ts';
import { pageSizeOf } from './plan-v1.ts';

const DEFAULT_PERIOD = 100_000;

/** The writes for a v2 group (Documentation/admin-guide/cgroup-v2.rst). */
export function planV2({ features, resources }: CgroupRequest, directory: string): CgroupWrite[] {
  const write = (file: string, data: string, optional = false): CgroupWrite[] => [
    { path: `${directory}/${file}`, data, ...(optional ? { optional } : {}) },
  ];
  const { cpu = {}, pids = { limit: 0 } } = resources;
  return [
    ...memory(resources.memory ?? {}, write),
    ...(cpu.shares ? write('cpu.weight', String(cpuWeight(cpu.shares))) : []),
    ...(cpu.quota || cpu.period ? write('cpu.max', cpuMax(cpu)) : []),
    ...(cpu.cpus ? write('cpuset.cpus', cpu.cpus) : []),
    ...(cpu.mems ? write('cpuset.mems', cpu.mems) : []),
    ...(pids.limit === 0 ? [] : write('pids.max', limitText(pids.limit))),
    ...blockIo(resources.blockIO ?? {}, write, features.files.has('io.bfq.weight')),
    ...(resources.hugepageLimits ?? []).flatMap(({ pageSize, limit }) => [
      ...write(`hugetlb.${pageSizeOf(pageSize)}.max`, limitText(limit)),
      ...write(`hugetlb.${pageSizeOf(pageSize)}.rsvd.max`, limitText(limit), true),
    ]),
    ...Object.entries(resources.unified ?? {}).flatMap(([file, data]) => write(unifiedFile(file), data)),
  ];
}

type Write = (file: string, data: string, optional?: boolean) => CgroupWrite[];

function memory(memory: NonNullable<OciResources['memory']>, write: Write): CgroupWrite[] {
  const { limit = 0, swap = 0, reservation = 0 } = memory;
  const swapLimit = swapMax(swap, limit);
  return [
    // Where swap is not accounted there is no such file; "none" and "no limit" are then true anyway.
    ...(swapLimit === undefined ? [] : write('memory.swap.max', limitText(swapLimit), swapLimit <= 0)),
    ...(limit === 0 ? [] : write('memory.max', limitText(limit))),
    ...(reservation === 0 ? [] : write('memory.low', limitText(reservation))),
  ];
}

function cpuMax({ quota = 0, period = 0 }: NonNullable<OciResources['cpu']>): string {
  return `${quota > 0 ? quota : 'max'} ${period || DEFAULT_PERIOD}`;
}

function blockIo(io: NonNullable<OciResources['blockIO']>, write: Write, bfq: boolean): CgroupWrite[] {
  // Without the BFQ scheduler a weight counts only where io.cost manages the device; Docker leaves it out then.
  const weights = (io.weightDevice ?? []).flatMap(({ major, minor, weight }) =>
    bfq
      ? write('io.bfq.weight', `${major}:${minor} ${weight}`)
      : write('io.weight', `${major}:${minor} ${ioWeight(weight)}`, true),
  );
  const limits = [
    ['rbps', io.throttleReadBpsDevice],
    ['wbps', io.throttleWriteBpsDevice],
    ['riops', io.throttleReadIOPSDevice],
    ['wiops', io.throttleWriteIOPSDevice],
  ] as const;
  return [
    ...(io.weight
      ? bfq
        ? write('io.bfq.weight', String(io.weight))
        : write('io.weight', `default ${ioWeight(io.weight)}`)
      : []),
    ...weights,
    ...limits.flatMap(([key, devices = []]) =>
      devices.flatMap(({ major, minor, rate }) => write('io.max', `${major}:${minor} ${key}=${rate}`)),
    ),
  ];
}

/** The keys of `unified` are file names of the group and nothing else. Throws INVALID_RESOURCES. */
function unifiedFile(name: string): string {
  if (/^[a-z0-9_]+(\.[A-Za-z0-9_]+)+$/.test(name) && !name.startsWith('cgroup.')) return name;
  throw fail('INVALID_RESOURCES', `unified resource ${JSON.stringify(name)} must be a file name without slashes`);
}
