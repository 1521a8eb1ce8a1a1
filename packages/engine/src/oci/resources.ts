import type { HostConfig, OciDevice, OciDeviceRule, OciResources, OciThrottleDevice } from '@wharf/spec';
import { DEFAULT_DEVICE_RULES } from './defaults.ts';

const CPU_PERIOD = 100_000;

function positive(value: number | null | undefined): number | undefined {
  return value === undefined || value === null || value === 0 ? undefined : value;
}

/** `--cpus` is a quota on the default period. */
function cpu(hostConfig: HostConfig): OciResources['cpu'] {
  const nano = positive(hostConfig.NanoCpus);
  const quota = nano === undefined ? positive(hostConfig.CpuQuota) : Math.round((nano * CPU_PERIOD) / 1e9);
  const period = nano === undefined ? positive(hostConfig.CpuPeriod) : CPU_PERIOD;
  return {
    ...member('shares', positive(hostConfig.CpuShares)),
    ...member('quota', quota),
    ...member('period', period),
    ...member('realtimePeriod', positive(hostConfig.CpuRealtimePeriod)),
    ...member('realtimeRuntime', positive(hostConfig.CpuRealtimeRuntime)),
    ...member('cpus', hostConfig.CpusetCpus || undefined),
    ...member('mems', hostConfig.CpusetMems || undefined),
  };
}

/** Without `--memory-swap` a container may swap as much again as its memory (Docker's default). */
function memory(hostConfig: HostConfig): OciResources['memory'] {
  const limit = positive(hostConfig.Memory);
  const swap = positive(hostConfig.MemorySwap) ?? (limit === undefined ? undefined : limit * 2);
  const swappiness = hostConfig.MemorySwappiness;
  return {
    ...member('limit', limit),
    ...member('reservation', positive(hostConfig.MemoryReservation)),
    ...member('swap', swap),
    ...member('swappiness', swappiness === null || swappiness === -1 ? undefined : swappiness),
    ...(hostConfig.OomKillDisable ? { disableOOMKiller: true } : {}),
  };
}

function member<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, Value>);
}

/** Device numbers of a host path, for limits by device; the caller looks them up. */
export type DeviceNumbers = (path: string) => { readonly major: number; readonly minor: number };

function throttles(
  entries: readonly { Path?: string; Rate?: number }[] | undefined,
  numbers: DeviceNumbers,
): OciThrottleDevice[] | undefined {
  if (!entries || entries.length === 0) return undefined;
  return entries.map(({ Path = '', Rate = 0 }) => ({ ...numbers(Path), rate: Rate }));
}

function blockIo(hostConfig: HostConfig, numbers: DeviceNumbers): OciResources['blockIO'] {
  const weights = hostConfig.BlkioWeightDevice ?? [];
  return {
    ...member('weight', positive(hostConfig.BlkioWeight)),
    ...(weights.length === 0
      ? {}
      : { weightDevice: weights.map(({ Path = '', Weight = 0 }) => ({ ...numbers(Path), weight: Weight })) }),
    ...member('throttleReadBpsDevice', throttles(hostConfig.BlkioDeviceReadBps, numbers)),
    ...member('throttleWriteBpsDevice', throttles(hostConfig.BlkioDeviceWriteBps, numbers)),
    ...member('throttleReadIOPSDevice', throttles(hostConfig.BlkioDeviceReadIOps, numbers)),
    ...member('throttleWriteIOPSDevice', throttles(hostConfig.BlkioDeviceWriteIOps, numbers)),
  };
}

/** A `--device-cgroup-rule`: `c 1:3 rwm`, numbers or `*`. */
export function parseDeviceRule(text: string): OciDeviceRule | undefined {
  const match = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text);
  if (!match) return undefined;
  const [, type, major, minor, access = ''] = match;
  return {
    allow: true,
    type: type as 'a' | 'b' | 'c',
    ...(major === '*' ? {} : { major: Number(major) }),
    ...(minor === '*' ? {} : { minor: Number(minor) }),
    access,
  };
}

function deviceRules(hostConfig: HostConfig, devices: readonly (OciDevice & { access: string })[]): OciDeviceRule[] {
  if (hostConfig.Privileged) return [{ allow: true, access: 'rwm' }];
  const own = devices.map(({ type, major, minor, access }) => ({
    allow: true,
    type: type === 'b' ? ('b' as const) : ('c' as const),
    major,
    minor,
    access,
  }));
  const given = (hostConfig.DeviceCgroupRules ?? []).flatMap((rule) => parseDeviceRule(rule) ?? []);
  return [...DEFAULT_DEVICE_RULES, ...own, ...given];
}

/** The limits of a container, from the API's form to OCI's. */
export function buildResources(
  hostConfig: HostConfig,
  devices: readonly (OciDevice & { access: string })[],
  numbers: DeviceNumbers,
): OciResources {
  const pids = hostConfig.PidsLimit;
  return {
    devices: deviceRules(hostConfig, devices),
    memory: memory(hostConfig) ?? {},
    cpu: cpu(hostConfig) ?? {},
    blockIO: blockIo(hostConfig, numbers) ?? {},
    ...(pids === undefined || pids === null || pids === 0 ? {} : { pids: { limit: pids } }),
  };
}
