import { readFileSync } from 'node:fs';
import { type CgroupLayout, controllerDirectory } from './layout.ts';

/** How near a group came to its limits; a number is absent when the kernel does not tell it. */
export interface LimitsHit {
  /** Bytes: the most that was used, and the limit (absent: none). */
  readonly memoryPeak?: number;
  readonly memoryLimit?: number;
  /** Processes that the kernel killed for want of memory. */
  readonly oomKills: number;
  /** New processes that were refused because of the limit of processes. */
  readonly pidsRefused?: number;
}

const NO_LIMIT_V1 = 2 ** 62;
const FILES = {
  v1: {
    peak: 'memory.max_usage_in_bytes',
    limit: 'memory.limit_in_bytes',
    events: 'memory.oom_control',
  },
  v2: { peak: 'memory.peak', limit: 'memory.max', events: 'memory.events' },
} as const;

/** Reads the counters of a group, at once, also when its processes are gone; a group that is not there has none. */
export function readLimitsHit(layout: CgroupLayout, path: string): LimitsHit {
  const read = (controller: string, file: string): string => {
    const directory = controllerDirectory(layout, controller, path);
    try {
      return directory === undefined ? '' : readFileSync(`${directory}/${file}`, 'utf8');
    } catch {
      return ''; // gone, or a file that not every kernel has
    }
  };
  const files = layout.mode === 'v2' ? FILES.v2 : FILES.v1;
  const bytes = (file: string) => (/^\d+$/m.test(read('memory', file)) ? Number(read('memory', file)) : undefined);
  const [peak, limit] = [bytes(files.peak), bytes(files.limit)];
  const refused = count(read('pids', 'pids.events'), 'max');
  return {
    ...(peak === undefined ? {} : { memoryPeak: peak }),
    ...(limit === undefined || limit >= NO_LIMIT_V1 ? {} : { memoryLimit: limit }),
    oomKills: count(read('memory', files.events), 'oom_kill') ?? 0,
    ...(refused === undefined ? {} : { pidsRefused: refused }),
  };
}

/** The number behind a key, one key in a line. */
function count(text: string, key: string): number | undefined {
  const found = new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
