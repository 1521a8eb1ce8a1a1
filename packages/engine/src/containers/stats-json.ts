import type { CgroupStats } from '@wharf/linux';
import type { ContainerBlkioStatEntry, ContainerCPUStats, ContainerNetworkStats, ContainerStats } from '@wharf/spec';

/** What is read of a container at one moment. Numbers as in `CgroupStats`; `systemCpu` in nanoseconds of all processors. */
export interface Sample {
  /** RFC 3339 */
  readonly read: string;
  readonly cgroup: CgroupStats;
  readonly systemCpu: number;
  readonly networks: Readonly<Record<string, ContainerNetworkStats>>;
}

/** Facts that do not change. */
export interface StatsFacts {
  readonly id: string;
  readonly name: string;
  readonly cpus: number;
  /** Bytes: the limit of a container without one. */
  readonly machineMemory: number;
}

const NEVER = '0001-01-01T00:00:00Z';
const NO_CPU: ContainerCPUStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};
const NO_IO = {
  io_service_bytes_recursive: null,
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
};

/** The answer for a container that does not run. */
export function emptyStats({ id, name }: StatsFacts): ContainerStats {
  return {
    id,
    name: `/${name}`,
    os_type: 'linux',
    read: NEVER,
    preread: NEVER,
    pids_stats: {},
    blkio_stats: NO_IO,
    num_procs: 0,
    storage_stats: {},
    cpu_stats: NO_CPU,
    precpu_stats: NO_CPU,
    memory_stats: {},
  };
}

/** One object of GET /containers/{id}/stats; without an earlier sample `precpu_stats` is all zero. Pure. */
export function statsJson(facts: StatsFacts, now: Sample, before: Sample | undefined): ContainerStats {
  const { memory, pids, io } = now.cgroup;
  const named = Object.keys(now.networks).length > 0;
  return {
    ...emptyStats(facts),
    read: now.read,
    preread: before?.read ?? NEVER,
    pids_stats: defined({ current: pids.current, limit: pids.limit }),
    blkio_stats: { ...NO_IO, io_service_bytes_recursive: io.length > 0 ? io.map(ioEntry) : null },
    cpu_stats: cpuJson(facts, now),
    precpu_stats: before === undefined ? NO_CPU : cpuJson(facts, before),
    memory_stats: defined({
      usage: memory.usage,
      max_usage: memory.maximum,
      stats: { ...memory.stat },
      failcnt: memory.failures,
      limit: Math.min(memory.limit ?? facts.machineMemory, facts.machineMemory),
    }),
    ...(named ? { networks: { ...now.networks } } : {}),
  };
}

function ioEntry({ major, minor, op, value }: CgroupStats['io'][number]): ContainerBlkioStatEntry {
  return { major, minor, op, value };
}

function cpuJson({ cpus }: StatsFacts, { cgroup, systemCpu }: Sample): ContainerCPUStats {
  const { cpu } = cgroup;
  return {
    cpu_usage: {
      total_usage: cpu.usage ?? 0,
      ...(cpu.perCpu === undefined ? {} : { percpu_usage: [...cpu.perCpu] }),
      usage_in_kernelmode: cpu.system ?? 0,
      usage_in_usermode: cpu.user ?? 0,
    },
    system_cpu_usage: systemCpu,
    online_cpus: cpus,
    throttling_data: {
      periods: cpu.periods,
      throttled_periods: cpu.throttledPeriods,
      throttled_time: cpu.throttledTime,
    },
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** Reads /proc/<pid>/net/dev: counters by interface, without the loopback. */
export function parseNetDev(text: string): Record<string, ContainerNetworkStats> {
  const rows = text.split('\n').flatMap((line) => {
    const [name = '', numbers] = line.split(':');
    if (numbers === undefined || name.trim() === 'lo') return [];
    const [rxBytes, rxPackets, rxErrors, rxDropped, , , , , txBytes, txPackets, txErrors, txDropped] = numbers
      .trim()
      .split(/\s+/)
      .map(Number);
    return [
      [
        name.trim(),
        {
          rx_bytes: rxBytes ?? 0,
          rx_packets: rxPackets ?? 0,
          rx_errors: rxErrors ?? 0,
          rx_dropped: rxDropped ?? 0,
          tx_bytes: txBytes ?? 0,
          tx_packets: txPackets ?? 0,
          tx_errors: txErrors ?? 0,
          tx_dropped: txDropped ?? 0,
        },
      ] as const,
    ];
  });
  return Object.fromEntries(rows);
}
