import type { ContainerCreateBody, Nullable } from '@wharf/client';
import type { HostConfig, Mount, PortBinding, RestartPolicy } from '@wharf/spec';
import { normalizeCapability } from './checks.ts';
import { isCdiName, parseDevice, type WireDeviceRequest } from './devices.ts';
import type { CreateEnvironment } from './environment.ts';
import type { CreateValues } from './flags.ts';
import { toRecord } from './key-values.ts';
import { absoluteMount } from './mounts.ts';
import { refuse } from './refuse.ts';
import { collectSecurity } from './security.ts';

/** What was worked out together with the container's own configuration. */
export interface HostParts {
  readonly binds: string[];
  readonly bindings: Record<string, PortBinding[]>;
  readonly networkMode: string;
  readonly restart: RestartPolicy;
}

const orNull = <T>(values: readonly T[]): T[] | null => (values.length > 0 ? [...values] : null);

/** Checks a namespace mode against its few legal values. */
function checkMode(flagName: string, kind: string, mode: string, legal: readonly string[]): void {
  const shared = legal.includes('container:…') && /^container:./.test(mode);
  if (mode !== '' && !legal.includes(mode) && !shared) throw refuse(`--${flagName}: invalid ${kind} mode`);
}

function capabilities(names: readonly string[]): string[] | null {
  return orNull([...new Set(names.map(normalizeCapability))].sort());
}

function deviceRequests(flags: CreateValues): WireDeviceRequest[] | null {
  const cdi = flags.device.filter(isCdiName);
  const request = { Driver: 'cdi', Count: 0, DeviceIDs: cdi, Capabilities: null, Options: null };
  return orNull(cdi.length > 0 ? [...flags.gpus, request] : flags.gpus);
}

function mounts(flags: CreateValues, environment: CreateEnvironment): { Mounts?: Mount[] } {
  const all = flags.mount.map((mount) => absoluteMount(mount, environment.cwd));
  if (flags.useApiSocket) {
    if (!environment.host.startsWith('unix://')) throw refuse('UNIX socket required for --use-api-socket');
    const source = environment.host.slice('unix://'.length);
    all.push({ Type: 'bind', Source: source, Target: '/var/run/docker.sock', BindOptions: {} });
  }
  return all.length > 0 ? { Mounts: all } : {};
}

function logConfig(flags: CreateValues): NonNullable<HostConfig['LogConfig']> {
  if (flags.logDriver === 'none' && flags.logOpt.length > 0) {
    throw refuse(`invalid logging opts for driver ${flags.logDriver}`);
  }
  type LogType = NonNullable<NonNullable<HostConfig['LogConfig']>['Type']>;
  return { Type: flags.logDriver as LogType, Config: toRecord(flags.logOpt) };
}

/** The members that Docker's client leaves out when they are empty. */
function optional(flags: CreateValues, changed: ReadonlySet<string>): Partial<HostConfig> {
  if (flags.storageOpt.some((option) => !option.includes('='))) throw refuse('invalid storage option');
  const tmpfs = flags.tmpfs.map((each): [string, string] => {
    const at = each.indexOf(':');
    return at < 0 ? [each, ''] : [each.slice(0, at), each.slice(at + 1)];
  });
  return {
    ...(flags.annotation.size > 0 ? { Annotations: Object.fromEntries(flags.annotation) } : {}),
    ...(flags.storageOpt.length > 0 ? { StorageOpt: toRecord(flags.storageOpt) } : {}),
    ...(tmpfs.length > 0 ? { Tmpfs: Object.fromEntries(tmpfs) } : {}),
    ...(flags.sysctl.size > 0 ? { Sysctls: Object.fromEntries(flags.sysctl) } : {}),
    ...(flags.runtime === '' ? {} : { Runtime: flags.runtime }),
    ...(changed.has('init') ? { Init: flags.init } : {}),
  };
}

type Part = Partial<Nullable<HostConfig>>;

/** Limits and devices. */
function resources(flags: CreateValues): Part {
  return {
    CpuShares: flags.cpuShares,
    Memory: flags.memory,
    NanoCpus: flags.cpus,
    CgroupParent: flags.cgroupParent,
    BlkioWeight: flags.blkioWeight,
    BlkioWeightDevice: [...flags.blkioWeightDevice],
    BlkioDeviceReadBps: [...flags.deviceReadBps],
    BlkioDeviceWriteBps: [...flags.deviceWriteBps],
    BlkioDeviceReadIOps: [...flags.deviceReadIops],
    BlkioDeviceWriteIOps: [...flags.deviceWriteIops],
    CpuPeriod: flags.cpuPeriod,
    CpuQuota: flags.cpuQuota,
    CpuRealtimePeriod: flags.cpuRtPeriod,
    CpuRealtimeRuntime: flags.cpuRtRuntime,
    CpusetCpus: flags.cpusetCpus,
    CpusetMems: flags.cpusetMems,
    Devices: flags.device.filter((device) => !isCdiName(device)).map(parseDevice),
    DeviceCgroupRules: orNull(flags.deviceCgroupRule),
    DeviceRequests: deviceRequests(flags) as HostConfig['DeviceRequests'] | null,
    MemoryReservation: flags.memoryReservation,
    MemorySwap: flags.memorySwap,
    MemorySwappiness: flags.memorySwappiness,
    OomKillDisable: flags.oomKillDisable,
    PidsLimit: flags.pidsLimit,
    Ulimits: [...flags.ulimit.values()].sort((a, b) => (a.Name < b.Name ? -1 : 1)),
    CpuCount: flags.cpuCount,
    CpuPercent: flags.cpuPercent,
    IOMaximumIOps: flags.ioMaxIops,
    IOMaximumBandwidth: flags.ioMaxBandwidth,
  } as Part;
}

/** Namespaces, privileges, networks and files. */
function surroundings(flags: CreateValues, environment: CreateEnvironment, parts: HostParts): Part {
  const security = collectSecurity(flags.securityOpt, (path) => environment.readText(path));
  return {
    Binds: orNull(parts.binds),
    ContainerIDFile: flags.cidfile,
    LogConfig: logConfig(flags),
    NetworkMode: parts.networkMode,
    PortBindings: parts.bindings,
    RestartPolicy: parts.restart,
    AutoRemove: flags.rm,
    VolumeDriver: flags.volumeDriver,
    VolumesFrom: orNull(flags.volumesFrom),
    ConsoleSize: [...environment.consoleSize],
    CapAdd: capabilities(flags.capAdd),
    CapDrop: capabilities(flags.capDrop),
    CgroupnsMode: flags.cgroupns as HostConfig['CgroupnsMode'] & string,
    Dns: [...flags.dns],
    DnsOptions: [...flags.dnsOption, ...flags.dnsOpt],
    DnsSearch: [...flags.dnsSearch],
    ExtraHosts: orNull(flags.addHost),
    GroupAdd: orNull(flags.groupAdd),
    IpcMode: flags.ipc,
    Cgroup: '',
    Links: orNull(flags.link),
    OomScoreAdj: flags.oomScoreAdj,
    PidMode: flags.pid,
    Privileged: flags.privileged,
    PublishAllPorts: flags.publishAll,
    ReadonlyRootfs: flags.readOnly,
    SecurityOpt: security.options,
    UTSMode: flags.uts,
    UsernsMode: flags.userns,
    ShmSize: flags.shmSize,
    Isolation: flags.isolation as HostConfig['Isolation'] & string,
    MaskedPaths: security.maskedPaths,
    ReadonlyPaths: security.readonlyPaths,
  };
}

/** The HostConfig of the create body. Throws COMMAND_USAGE. */
export function hostConfig(
  flags: CreateValues,
  changed: ReadonlySet<string>,
  environment: CreateEnvironment,
  parts: HostParts,
): NonNullable<ContainerCreateBody['HostConfig']> {
  if (flags.memorySwappiness !== -1 && (flags.memorySwappiness < 0 || flags.memorySwappiness > 100)) {
    throw refuse(`invalid value: ${flags.memorySwappiness}. Valid memory swappiness range is 0-100`);
  }
  checkMode('pid', 'PID', flags.pid, ['host', 'container:…']);
  checkMode('uts', 'UTS', flags.uts, ['host']);
  // The modes that Docker does not have are the engine's to check.
  if (!/^(auto|keep-id)(:|$)/.test(flags.userns)) checkMode('userns', 'USER', flags.userns, ['host']);
  checkMode('cgroupns', 'CGROUP', flags.cgroupns, ['host', 'private']);
  return {
    ...surroundings(flags, environment, parts),
    ...resources(flags),
    ...optional(flags, changed),
    ...mounts(flags, environment),
  } as NonNullable<ContainerCreateBody['HostConfig']>;
}
