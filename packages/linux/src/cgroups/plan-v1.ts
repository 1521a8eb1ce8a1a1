import type { OciResources, OciThrottleDevice } from '@wharf/spec';
import { fail } from '../errors.ts';
import { type DevicePolicy, deviceWrites } from './devices.ts';
import { cleanPath } from './layout.ts';
import type { CgroupRequest, CgroupWrite } from './plan.ts';

/** The writes for a v1 (or hybrid) group, in an order that the kernel accepts. */
export function planV1(request: CgroupRequest, devices: DevicePolicy | undefined): CgroupWrite[] {
  const { layout, features, path, resources } = request;
  const writer = (controller: string) => {
    const root = layout.controllers.get(controller);
    return (file: string, value: number | string | undefined): CgroupWrite[] =>
      root === undefined || value === undefined
        ? []
        : [{ path: `${root}${cleanPath(path)}/${file}`, data: String(value) }];
  };
  const device = writer('devices');
  return [
    ...(devices === undefined ? [] : deviceWrites(devices).flatMap(({ file, data }) => device(file, data))),
    ...memory(resources.memory ?? {}, writer('memory'), request),
    ...cpu(resources.cpu ?? {}, writer('cpu')),
    ...writer('cpuset')('cpuset.cpus', resources.cpu?.cpus || undefined),
    ...writer('cpuset')('cpuset.mems', resources.cpu?.mems || undefined),
    ...pids(resources, writer('pids')),
    ...blockIo(resources.blockIO ?? {}, writer('blkio'), features.files.has('blkio.weight')),
    ...(resources.hugepageLimits ?? []).flatMap(({ pageSize, limit }) =>
      writer('hugetlb')(`hugetlb.${pageSizeOf(pageSize)}.limit_in_bytes`, limit),
    ),
  ];
}

type Write = (file: string, value: number | string | undefined) => CgroupWrite[];

/**
 * The kernel keeps limit <= memory+swap limit at every moment: when both grow the sum has to grow first, when they
 * shrink it has to shrink last. A fresh group has neither, so the limit comes first there.
 */
function memory(memory: NonNullable<OciResources['memory']>, write: Write, { current }: CgroupRequest): CgroupWrite[] {
  const limit = memory.limit ? write('memory.limit_in_bytes', memory.limit) : [];
  // No memory limit means no limit of the sum either, or the old one would stay.
  const swap = memory.swap || (memory.limit === -1 ? -1 : 0);
  const sum = swap ? write('memory.memsw.limit_in_bytes', swap) : [];
  const sumFirst = current !== undefined && current.swap !== -1 && (swap === -1 || swap > current.swap);
  return [
    ...(sumFirst ? [...sum, ...limit] : [...limit, ...sum]),
    ...(memory.reservation ? write('memory.soft_limit_in_bytes', memory.reservation) : []),
    ...write('memory.swappiness', memory.swappiness),
    ...(memory.disableOOMKiller === undefined ? [] : write('memory.oom_control', memory.disableOOMKiller ? 1 : 0)),
  ];
}

function cpu(cpu: NonNullable<OciResources['cpu']>, write: Write): CgroupWrite[] {
  return [
    ...(cpu.shares ? write('cpu.shares', cpu.shares) : []),
    ...(cpu.realtimePeriod ? write('cpu.rt_period_us', cpu.realtimePeriod) : []),
    ...(cpu.realtimeRuntime ? write('cpu.rt_runtime_us', cpu.realtimeRuntime) : []),
    ...(cpu.period ? write('cpu.cfs_period_us', cpu.period) : []),
    ...(cpu.quota ? write('cpu.cfs_quota_us', cpu.quota) : []),
  ];
}

function pids({ pids: { limit } = { limit: 0 } }: OciResources, write: Write): CgroupWrite[] {
  return limit === 0 ? [] : write('pids.max', limit < 0 ? 'max' : limit);
}

/** Kernels with the BFQ scheduler but not the old CFQ have the weights under its name. */
function blockIo(io: NonNullable<OciResources['blockIO']>, write: Write, plainWeight: boolean): CgroupWrite[] {
  const prefix = plainWeight ? 'blkio' : 'blkio.bfq';
  const throttle = (file: string, list: readonly OciThrottleDevice[] = []) =>
    list.flatMap(({ major, minor, rate }) => write(`blkio.throttle.${file}`, `${major}:${minor} ${rate}`));
  return [
    ...(io.weight ? write(`${prefix}.weight`, io.weight) : []),
    // The file is there whether or not the device's scheduler knows weights (EOPNOTSUPP); Docker then runs without.
    ...(io.weightDevice ?? [])
      .flatMap(({ major, minor, weight }) => write(`${prefix}.weight_device`, `${major}:${minor} ${weight}`))
      .map((entry) => ({ ...entry, optional: true })),
    ...throttle('read_bps_device', io.throttleReadBpsDevice),
    ...throttle('write_bps_device', io.throttleWriteBpsDevice),
    ...throttle('read_iops_device', io.throttleReadIOPSDevice),
    ...throttle('write_iops_device', io.throttleWriteIOPSDevice),
  ];
}

/** Page sizes become part of a file name. Throws INVALID_RESOURCES. */
export function pageSizeOf(text: string): string {
  if (/^[1-9]\d{0,5}[KMG]B$/.test(text)) return text;
  throw fail('INVALID_RESOURCES', `invalid huge page size ${JSON.stringify(text)}`);
}
