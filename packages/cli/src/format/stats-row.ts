import { bytesSize, type ContainerStats, humanSizeWithPrecision } from '@wharf/spec';
import type { RowKind } from './columns.ts';

/** A row of `stats`: what a container uses. Shares in per cent, sizes in bytes; undefined before the first reading. */
export interface StatsRow {
  /** As the user named it. */
  readonly container: string;
  readonly id: string;
  readonly name: string;
  readonly trunc: boolean;
  readonly usage: Usage | undefined;
}

export interface Usage {
  readonly cpu: number;
  readonly memory: number;
  readonly memoryLimit: number;
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
  readonly pids: number;
}

/** The format of `stats` for what `--format` says. */
export function statsFormat(source: string): string {
  if (source !== '' && source !== 'table') return source;
  return 'table {{.ID}}\\t{{.Name}}\\t{{.CPUPerc}}\\t{{.MemUsage}}\\t{{.MemPerc}}\\t{{.NetIO}}\\t{{.BlockIO}}\\t{{.PIDs}}';
}

/** The fields of a container's usage in lists. */
export const statsRows: RowKind<StatsRow> = {
  type: '*container.statsContext',
  columns: {
    BlockIO: { header: 'BLOCK I/O', text: ({ usage }) => pair(usage, usage?.read, usage?.written) },
    CPUPerc: { header: 'CPU %', text: ({ usage }) => (usage ? `${usage.cpu.toFixed(2)}%` : '--') },
    Container: { header: 'CONTAINER', text: ({ container }) => container },
    ID: { header: 'CONTAINER ID', text: ({ id, trunc }) => (trunc ? id.slice(0, 12) : id) },
    MemPerc: { header: 'MEM %', text: ({ usage }) => (usage ? `${memoryShare(usage).toFixed(2)}%` : '--') },
    MemUsage: {
      header: 'MEM USAGE / LIMIT',
      text: ({ usage }) => (usage ? `${bytesSize(usage.memory)} / ${bytesSize(usage.memoryLimit)}` : '-- / --'),
    },
    Name: { header: 'NAME', text: ({ name }) => name.replace(/^\//, '') || '--' },
    NetIO: { header: 'NET I/O', text: ({ usage }) => pair(usage, usage?.received, usage?.sent) },
    PIDs: { header: 'PIDS', text: ({ usage }) => (usage ? String(usage.pids) : '--') },
  },
};

function pair(usage: Usage | undefined, one = 0, other = 0): string {
  return usage ? `${humanSizeWithPrecision(one, 3)} / ${humanSizeWithPrecision(other, 3)}` : '--';
}

function memoryShare({ memory, memoryLimit }: Usage): number {
  return memoryLimit === 0 ? 0 : (memory / memoryLimit) * 100;
}

/** Shares and sums as Docker's client calculates them; the earlier reading is the one in `stats` unless one is given. */
export function usageOf(stats: ContainerStats, before: ContainerStats['cpu_stats'] = stats.precpu_stats): Usage {
  const networks = Object.values(stats.networks ?? {});
  const io = stats.blkio_stats?.io_service_bytes_recursive ?? [];
  const ofKind = (letter: string) =>
    io.filter(({ op = '' }) => op.toLowerCase().startsWith(letter)).reduce((sum, { value = 0 }) => sum + value, 0);
  return {
    cpu: cpuShare(stats.cpu_stats, before),
    memory: memoryWithoutCache(stats.memory_stats),
    memoryLimit: stats.memory_stats?.limit ?? 0,
    received: networks.reduce((sum, { rx_bytes = 0 }) => sum + rx_bytes, 0),
    sent: networks.reduce((sum, { tx_bytes = 0 }) => sum + tx_bytes, 0),
    read: ofKind('r'),
    written: ofKind('w'),
    pids: stats.pids_stats?.current ?? 0,
  };
}

/** 100 is one processor. */
function cpuShare(now: ContainerStats['cpu_stats'], before: ContainerStats['cpu_stats']): number {
  const used = (now?.cpu_usage?.total_usage ?? 0) - (before?.cpu_usage?.total_usage ?? 0);
  const passed = (now?.system_cpu_usage ?? 0) - (before?.system_cpu_usage ?? 0);
  const processors = now?.online_cpus || now?.cpu_usage?.percpu_usage?.length || 0;
  return used > 0 && passed > 0 ? (used / passed) * processors * 100 : 0;
}

/** Files that the kernel could drop at once do not count as used (cgroup v1 and v2 name them differently). */
function memoryWithoutCache(memory: ContainerStats['memory_stats']): number {
  const usage = memory?.usage ?? 0;
  const idle = memory?.stats?.['total_inactive_file'] ?? memory?.stats?.['inactive_file'] ?? 0;
  return idle < usage ? usage - idle : usage;
}
