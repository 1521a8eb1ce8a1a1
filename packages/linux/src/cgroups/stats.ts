import { readFileSync } from 'node:fs';
import { type CgroupLayout, controllerDirectory } from './layout.ts';

/** What a group uses, for either version. Absent numbers: the controller is not there. */
export interface CgroupStats {
  readonly memory: {
    readonly usage?: number;
    /** The highest usage so far. */
    readonly maximum?: number;
    /** Undefined: no limit. */
    readonly limit?: number;
    /** v1: how often the limit was hit (failcnt); v2: how often it could not be kept (`oom` of memory.events, as Docker). */
    readonly failures?: number;
    /** memory.stat as the kernel names its lines. */
    readonly stat: Readonly<Record<string, number>>;
  };
  /** Nanoseconds; counts for throttling. */
  readonly cpu: {
    readonly usage?: number;
    readonly user?: number;
    readonly system?: number;
    readonly perCpu?: readonly number[];
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttledTime: number;
  };
  readonly pids: { readonly current?: number; readonly limit?: number };
  readonly io: readonly {
    readonly major: number;
    readonly minor: number;
    readonly op: string;
    readonly value: number;
  }[];
}

const NO_LIMIT_V1 = 2 ** 62;
const USER_HERTZ_NANOS = 10_000_000;
const V2_OPERATIONS: Readonly<Record<string, string>> = { rbytes: 'read', wbytes: 'write', dbytes: 'discard' };

/**
 * Reads the group's counters; missing files are left out, so a group that has just gone gives an empty answer. It does not
 * wait: these files are memory of the kernel's, read in microseconds, and a turn of the thread pool takes ten times that.
 */
export function readCgroupStats(layout: CgroupLayout, path: string): CgroupStats {
  const reader = (controller: string) => {
    const directory = controllerDirectory(layout, controller, path);
    return (file: string) => (directory === undefined ? '' : readIfThere(`${directory}/${file}`));
  };
  return layout.mode === 'v2' ? readV2(reader('unified')) : readV1(reader);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

type Read = (file: string) => string;

function readV2(read: Read): CgroupStats {
  const names =
    'memory.current memory.peak memory.max memory.events memory.stat cpu.stat pids.current pids.max io.stat';
  const [usage, peak, limit, events, stat, cpuText, pids, pidsLimit, io] = names.split(' ').map(read) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const cpu = keyed(cpuText);
  const micros = (name: string) => (cpu[name] === undefined ? undefined : cpu[name] * 1000);
  return {
    memory: members({
      usage: number(usage),
      maximum: number(peak),
      limit: number(limit),
      failures: keyed(events)['oom'],
      stat: keyed(stat),
    }),
    cpu: members({
      usage: micros('usage_usec'),
      user: micros('user_usec'),
      system: micros('system_usec'),
      periods: cpu['nr_periods'] ?? 0,
      throttledPeriods: cpu['nr_throttled'] ?? 0,
      throttledTime: micros('throttled_usec') ?? 0,
    }),
    pids: members({ current: number(pids), limit: number(pidsLimit) }),
    io: io.split('\n').flatMap(ioV2),
  };
}

function ioV2(line: string): CgroupStats['io'] {
  const [device = '', ...pairs] = line.split(' ');
  const [major, minor] = device.split(':').map(Number);
  if (major === undefined || minor === undefined) return [];
  return pairs.flatMap((pair) => {
    const [key = '', value = ''] = pair.split('=');
    const op = V2_OPERATIONS[key];
    return op === undefined ? [] : [{ major, minor, op, value: Number(value) }];
  });
}

function readV1(reader: (controller: string) => Read): CgroupStats {
  const [memory, cpuacct, pids] = [reader('memory'), reader('cpuacct'), reader('pids')];
  const perCpu = cpuacct('cpuacct.usage_percpu').trim();
  const bytes = number(memory('memory.limit_in_bytes'));
  const [ticks, periods] = [keyed(cpuacct('cpuacct.stat')), keyed(reader('cpu')('cpu.stat'))];
  const nanos = (name: string) => (ticks[name] === undefined ? undefined : ticks[name] * USER_HERTZ_NANOS);
  return {
    memory: members({
      usage: number(memory('memory.usage_in_bytes')),
      maximum: number(memory('memory.max_usage_in_bytes')),
      limit: bytes !== undefined && bytes < NO_LIMIT_V1 ? bytes : undefined,
      failures: number(memory('memory.failcnt')),
      stat: keyed(memory('memory.stat')),
    }),
    cpu: members({
      usage: number(cpuacct('cpuacct.usage')),
      user: nanos('user'),
      system: nanos('system'),
      perCpu: perCpu === '' ? undefined : perCpu.split(/\s+/).map(Number),
      periods: periods['nr_periods'] ?? 0,
      throttledPeriods: periods['nr_throttled'] ?? 0,
      throttledTime: periods['throttled_time'] ?? 0,
    }),
    pids: members({ current: number(pids('pids.current')), limit: number(pids('pids.max')) }),
    io: reader('blkio')('blkio.throttle.io_service_bytes_recursive').split('\n').flatMap(ioV1),
  };
}

/** "8:0 Read 4096"; the last line, "Total 4096", is a sum. */
function ioV1(line: string): CgroupStats['io'] {
  const [device = '', op, value] = line.split(' ');
  const [major, minor] = device.split(':').map(Number);
  if (major === undefined || minor === undefined || op === undefined || value === undefined) return [];
  return [{ major, minor, op: op.toLowerCase(), value: Number(value) }];
}

function number(text: string): number | undefined {
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

function keyed(text: string): Record<string, number> {
  const pairs = text.split('\n').map((line) => line.split(' '));
  return Object.fromEntries(pairs.flatMap(([key, value]) => (key && value ? [[key, Number(value)]] : [])));
}

type Members<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without members that are undefined. */
function members<T extends object>(object: T): Members<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Members<T>;
}
