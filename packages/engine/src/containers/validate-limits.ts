import type { HostConfig } from '@wharf/spec';
import { refuse } from './refuse.ts';

/** What this machine has to give. */
export interface MachineLimits {
  readonly cpus: number;
  /** Online processors and memory nodes as the kernel writes lists: `0-3,5`. */
  readonly cpuList: string;
  readonly memoryNodeList: string;
}

const MIN_MEMORY = 6 * 1024 * 1024;
const MIN_CPU_TIME = 1000;
const MAX_CPU_PERIOD = 1_000_000;
/** More processors than this no list may name; the kernel's own limit is far below. */
const MAX_LIST_NUMBER = 8191;

function checkMemory(hostConfig: HostConfig): void {
  const { Memory = 0, MemorySwap = 0, MemoryReservation = 0, MemorySwappiness } = hostConfig;
  if (Memory !== 0 && Memory < MIN_MEMORY) refuse('Minimum memory limit allowed is 6MB');
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory) {
    refuse('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (Memory === 0 && MemorySwap > 0) {
    refuse('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (MemoryReservation !== 0 && MemoryReservation < MIN_MEMORY) refuse('Minimum memory reservation allowed is 6MB');
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
  const adjust = hostConfig.OomScoreAdj ?? 0;
  if (adjust < -1000 || adjust > 1000) {
    refuse(`Invalid value ${adjust}, range for oom score adj is [-1000, 1000]`);
  }
  if ((hostConfig.ShmSize ?? 0) < 0) refuse('SHM size can not be less than 0');
}

function checkCpuTime(hostConfig: HostConfig, cpus: number): void {
  const { NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0, CpuShares = 0 } = hostConfig;
  if (NanoCpus > 0 && CpuPeriod > 0) refuse('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  if (NanoCpus > 0 && CpuQuota > 0) refuse('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  if (NanoCpus < 0 || NanoCpus > cpus * 1e9) {
    refuse(`range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`);
  }
  if (CpuShares < 0) refuse(`invalid CPU shares (${CpuShares}): value must be a positive integer`);
  if (CpuShares === 1) refuse('the minimum allowed cpu-shares is 2');
  if (CpuShares > 262_144) refuse('the maximum allowed cpu-shares is 262144');
  if (CpuPeriod !== 0 && (CpuPeriod < MIN_CPU_TIME || CpuPeriod > MAX_CPU_PERIOD)) {
    refuse('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  if (CpuQuota > 0 && CpuQuota < MIN_CPU_TIME) refuse('CPU cfs quota can not be less than 1ms (i.e. 1000)');
}

/** Numbers of a list like `0-3,5`; undefined when it is none. */
function listed(text: string): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim());
    if (!match) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last > MAX_LIST_NUMBER) return undefined;
    for (let n = first; n <= last; n += 1) numbers.add(n);
  }
  return numbers;
}

function checkSet(asked: string | undefined, present: string, name: string, what: string): void {
  if (!asked) return;
  const numbers = listed(asked);
  if (!numbers) refuse(`Invalid value ${asked} for cpuset ${name}: invalid format: ${asked}`);
  const available = listed(present) ?? new Set([0]);
  if (numbers.isSubsetOf(available)) return;
  refuse(`Requested ${what} are not available - requested ${asked}, available: ${present}`);
}

/** Limits that contradict each other or the machine, in Docker's words. Throws BAD_CONFIG. */
export function checkLimits(hostConfig: HostConfig, machine: MachineLimits): void {
  checkMemory(hostConfig);
  checkCpuTime(hostConfig, machine.cpus);
  checkSet(hostConfig.CpusetCpus, machine.cpuList, 'cpus', 'CPUs');
  checkSet(hostConfig.CpusetMems, machine.memoryNodeList, 'mems', 'memory nodes');
  const weight = hostConfig.BlkioWeight ?? 0;
  if (weight !== 0 && (weight < 10 || weight > 1000)) refuse('Range of blkio weight is from 10 to 1000');
}

/** What is allowed but hardly wanted. */
export function limitWarnings(hostConfig: HostConfig): string[] {
  if (!hostConfig.OomKillDisable || (hostConfig.Memory ?? 0) > 0) return [];
  return [
    'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
  ];
}
