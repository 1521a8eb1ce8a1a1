import type { ThrottleDevice } from '@wharf/spec';
import type { Flag } from '../framework/flag.ts';
import { flag } from '../framework/kinds.ts';
import { parseBytes, parseCpus } from '../framework/numbers.ts';
import { checkDeviceRule, checkSysctl } from './checks.ts';
import { parseByteRate, parseGpus, parseOperationRate, parseWeightDevice, type WireDeviceRequest } from './devices.ts';

/** A list of values with a reader of its own; the help shows `list`. */
function parsed<T>(
  name: string,
  usage: string,
  read: (text: string) => T,
  options: { type?: string; shown?: string } = {},
): Flag<readonly T[]> {
  const { type = 'list', ...rest } = options;
  return flag.custom<readonly T[]>(name, usage, type, [], (text, current) => [...current, read(text)], rest);
}

const throttle = (name: string, usage: string, read: (text: string) => ThrottleDevice) =>
  parsed(name, usage, read, { shown: '[]' });

/** `-1` is allowed where it means "no limit". */
function swapBytes(text: string): number {
  return text === '-1' ? -1 : parseBytes(text);
}

/** Flags about what the container may use. */
export const resourceFlags = {
  blkioWeight: flag.uint16('blkio-weight', 'Block I/O weight relative to others, 10 to 1000, or 0 for none', {
    shown: '0',
  }),
  blkioWeightDevice: parsed('blkio-weight-device', 'Block I/O weight for one device', parseWeightDevice, {
    shown: '[]',
  }),
  capAdd: flag.list('cap-add', 'Add Linux capabilities'),
  capDrop: flag.list('cap-drop', 'Drop Linux capabilities'),
  cgroupParent: flag.string('cgroup-parent', 'Parent cgroup of the container'),
  cgroupns: flag.string('cgroupns', "Cgroup namespace to use (host|private)\nthe engine's default when empty"),
  cpuCount: flag.int('cpu-count', 'Number of CPUs (Windows only)'),
  cpuPercent: flag.int('cpu-percent', 'Share of the CPUs in percent (Windows only)'),
  cpuPeriod: flag.int('cpu-period', 'Length of a period of the CFS scheduler'),
  cpuQuota: flag.int('cpu-quota', 'CPU time in each period of the CFS scheduler'),
  cpuRtPeriod: flag.int('cpu-rt-period', 'Length of a real-time period in microseconds'),
  cpuRtRuntime: flag.int('cpu-rt-runtime', 'CPU time in each real-time period in microseconds'),
  cpuShares: flag.int('cpu-shares', 'CPU shares relative to others', { short: 'c' }),
  cpus: flag.custom<number>('cpus', 'Number of CPUs', 'decimal', 0, (text) => parseCpus(text)),
  cpusetCpus: flag.string('cpuset-cpus', 'CPUs it may run on (0-3, 0,1)'),
  cpusetMems: flag.string('cpuset-mems', 'Memory nodes it may use (0-3, 0,1)'),
  device: flag.list('device', 'Add a device of the host'),
  deviceCgroupRule: flag.list('device-cgroup-rule', 'Add a rule to the list of allowed devices', {
    check: checkDeviceRule,
  }),
  deviceReadBps: throttle('device-read-bps', 'Limit reading from a device (bytes per second)', parseByteRate),
  deviceReadIops: throttle(
    'device-read-iops',
    'Limit reading from a device (operations per second)',
    parseOperationRate,
  ),
  deviceWriteBps: throttle('device-write-bps', 'Limit writing to a device (bytes per second)', parseByteRate),
  deviceWriteIops: throttle(
    'device-write-iops',
    'Limit writing to a device (operations per second)',
    parseOperationRate,
  ),
  gpus: parsed<WireDeviceRequest>('gpus', "GPUs to add ('all' for all of them)", parseGpus, { type: 'gpu-request' }),
  ioMaxBandwidth: flag.bytes('io-maxbandwidth', 'Most I/O bandwidth for the system drive (Windows only)'),
  ioMaxIops: flag.uint('io-maxiops', 'Most I/O operations for the system drive (Windows only)'),
  ipc: flag.string('ipc', 'IPC mode to use'),
  isolation: flag.string('isolation', 'Isolation technology'),
  kernelMemory: flag.bytes('kernel-memory', 'Limit of kernel memory (without effect)'),
  memory: flag.bytes('memory', 'Memory limit', { short: 'm' }),
  memoryReservation: flag.bytes('memory-reservation', 'Memory it should get under pressure'),
  memorySwap: flag.custom<number>(
    'memory-swap',
    "Limit of memory and swap together: '-1' for unlimited swap",
    'bytes',
    0,
    swapBytes,
  ),
  memorySwappiness: flag.int('memory-swappiness', 'How eagerly its memory is swapped out (0 to 100)', { initial: -1 }),
  oomKillDisable: flag.bool('oom-kill-disable', 'Do not kill it when memory runs out'),
  oomScoreAdj: flag.int('oom-score-adj', 'How likely it is killed when the host runs out of memory (-1000 to 1000)'),
  pid: flag.string('pid', 'PID namespace to use'),
  pidsLimit: flag.int('pids-limit', 'Most processes it may have (-1 for unlimited)'),
  privileged: flag.bool('privileged', 'Give it all privileges'),
  securityOpt: flag.list('security-opt', 'Security options'),
  shmSize: flag.bytes('shm-size', 'Size of /dev/shm'),
  storageOpt: flag.list('storage-opt', 'Options of the storage driver'),
  sysctl: flag.map('sysctl', 'Kernel settings of its namespaces', { check: checkSysctl }),
  userns: flag.string('userns', 'User namespace to use ("host"|"auto[:size=N]"|"keep-id[:uid=N,gid=N]")'),
  uts: flag.string('uts', 'UTS namespace to use'),
};
