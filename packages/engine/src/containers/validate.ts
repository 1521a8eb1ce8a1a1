import type { ContainerConfig, HostConfig } from '@wharf/spec';
import { fail } from '../errors.ts';
import { listBinds } from '../oci/mounts.ts';
import { parseSignal } from './signals.ts';

const MIN_MEMORY = 6 * 1024 * 1024;

function refuse(message: string): never {
  throw fail('BAD_CONFIG', message);
}

function unsupported(message: string): never {
  throw fail('NOT_SUPPORTED', message);
}

/** Limits that contradict each other or the machine, in Docker's words. */
function checkLimits(hostConfig: HostConfig, cpus: number): void {
  const { Memory = 0, MemorySwap = 0, MemoryReservation = 0, NanoCpus = 0, MemorySwappiness } = hostConfig;
  if (Memory !== 0 && Memory < MIN_MEMORY) refuse('Minimum memory limit allowed is 6MB');
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory) {
    refuse('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (Memory === 0 && MemorySwap > 0) {
    refuse('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (Memory > 0 && MemoryReservation > Memory) {
    refuse('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
  if (
    MemorySwappiness !== undefined &&
    MemorySwappiness !== null &&
    (MemorySwappiness < -1 || MemorySwappiness > 100)
  ) {
    refuse(`Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`);
  }
  if (NanoCpus < 0 || NanoCpus > cpus * 1e9) {
    refuse(`range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`);
  }
  if (NanoCpus > 0 && ((hostConfig.CpuPeriod ?? 0) > 0 || (hostConfig.CpuQuota ?? 0) > 0)) {
    refuse('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  }
  const adjust = hostConfig.OomScoreAdj ?? 0;
  if (adjust < -1000 || adjust > 1000) {
    refuse(`Invalid value ${adjust}, range for oom score adj is [-1000, 1000]`);
  }
  if ((hostConfig.ShmSize ?? 0) < 0) refuse('SHM size can not be less than 0');
}

/** What this version cannot honour is refused by name, never dropped. */
function checkSupported(hostConfig: HostConfig, config: ContainerConfig): void {
  const network = hostConfig.NetworkMode ?? 'default';
  const networkKnown = ['default', 'bridge', 'none', 'host', ''].includes(network) || network.startsWith('container:');
  if (!networkKnown) unsupported(`network ${network} not found`);
  if (
    Object.values(hostConfig.PortBindings ?? {}).some((bindings) => bindings && bindings.length > 0) ||
    hostConfig.PublishAllPorts
  ) {
    unsupported('publishing ports is not available yet; reach the container by its own address');
  }
  if (hostConfig.Links?.length) unsupported('links are not available yet');
  if (hostConfig.VolumesFrom?.length) unsupported('volumes-from is not available yet');
  const runtime = hostConfig.Runtime;
  if (runtime && runtime !== 'wharf') refuse(`unknown or invalid runtime name: ${runtime}`);
  const driver = hostConfig.LogConfig?.Type;
  if (driver && !['json-file', 'none'].includes(driver)) {
    unsupported(`logger: no log driver named '${driver}' is registered`);
  }
  if (hostConfig.UsernsMode && hostConfig.UsernsMode !== 'host') {
    unsupported(`invalid user namespace mode "${hostConfig.UsernsMode}": only "host" is available yet`);
  }
  if (hostConfig.DeviceRequests?.length)
    unsupported('could not select device driver: device requests are not available yet');
  for (const { Type, Target = '' } of hostConfig.Mounts ?? []) {
    if (Type !== 'bind' && Type !== 'tmpfs') unsupported(`mounts of type ${Type} are not available yet (${Target})`);
  }
  if (hostConfig.StorageOpt && Object.keys(hostConfig.StorageOpt).length > 0) {
    unsupported("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
  if (config.NetworkDisabled && network !== 'none')
    unsupported('NetworkDisabled is not available: use network mode none');
}

function checkMounts(hostConfig: HostConfig): void {
  const seen = new Set<string>();
  const destinations = [
    ...listBinds(hostConfig).map(({ source, destination }) => {
      if (!source.startsWith('/') && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(source)) {
        refuse(
          `create ${source}: "${source}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
        );
      }
      if (!source.startsWith('/'))
        unsupported(`named volumes are not available yet ("${source}"): bind a directory of the host`);
      return destination;
    }),
    ...Object.keys(hostConfig.Tmpfs ?? {}),
    ...(hostConfig.Mounts ?? []).filter(({ Type }) => Type === 'tmpfs').map(({ Target = '' }) => Target),
  ];
  for (const destination of destinations) {
    if (!destination.startsWith('/')) refuse(`invalid mount path: '${destination}' mount path must be absolute`);
    if (destination === '/' || destination.split('/').includes('..')) refuse(`invalid mount path: '${destination}'`);
    if (seen.has(destination)) refuse(`Duplicate mount point: ${destination}`);
    seen.add(destination);
  }
}

function checkRestart(hostConfig: HostConfig): void {
  const { Name = '', MaximumRetryCount = 0 } = hostConfig.RestartPolicy ?? {};
  if (!['', 'no', 'always', 'unless-stopped', 'on-failure'].includes(Name)) {
    refuse(
      `invalid restart policy: unknown policy '${Name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (MaximumRetryCount !== 0 && Name !== 'on-failure') {
    refuse(`invalid restart policy: maximum retry count can only be used with 'on-failure'`);
  }
  if (MaximumRetryCount < 0) refuse('invalid restart policy: maximum retry count cannot be negative');
  if (hostConfig.AutoRemove && Name !== '' && Name !== 'no') {
    refuse("can't create 'AutoRemove' container with restart policy");
  }
}

/** Checks a merged configuration. Throws BAD_CONFIG or NOT_SUPPORTED; returns the warnings for the client. */
export function validateConfig(config: ContainerConfig, hostConfig: HostConfig, cpus: number): string[] {
  checkLimits(hostConfig, cpus);
  checkSupported(hostConfig, config);
  checkMounts(hostConfig);
  checkRestart(hostConfig);
  if (config.WorkingDir && !config.WorkingDir.startsWith('/')) {
    refuse(`the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`);
  }
  if (config.StopSignal) parseSignal(config.StopSignal);
  const warnings: string[] = [];
  if (config.Healthcheck?.Test?.length && config.Healthcheck.Test[0] !== 'NONE') {
    warnings.push('Health checks are kept with the container but not run yet.');
  }
  if (Object.keys(config.Volumes ?? {}).length > 0) {
    warnings.push(
      'Anonymous volumes are not available yet: their paths are kept in the writable layer of the container.',
    );
  }
  return warnings;
}
