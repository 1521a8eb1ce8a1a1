import { existsSync, readFileSync } from 'node:fs';
import { fail } from '../errors.ts';
import type { CgroupLayout } from './layout.ts';

/** What the kernel offers: `controllers` that can be used, and which of the files that not every kernel has. */
export interface CgroupFeatures {
  readonly controllers: ReadonlySet<string>;
  /** Files of OPTIONAL_FILES that exist. */
  readonly files: ReadonlySet<string>;
  /** Processors and memory nodes of the root (`cpuset.cpus`, `cpuset.mems`). */
  readonly cpus: string;
  readonly mems: string;
}

/** Files whose absence makes a limit impossible, by controller. */
export const OPTIONAL_FILES: Readonly<Record<string, readonly string[]>> = {
  memory: [
    'memory.limit_in_bytes',
    'memory.soft_limit_in_bytes',
    'memory.memsw.limit_in_bytes',
    'memory.swappiness',
    'memory.oom_control',
    'memory.max',
    'memory.low',
    'memory.swap.max',
  ],
  cpu: ['cpu.shares', 'cpu.cfs_quota_us', 'cpu.rt_runtime_us', 'cpu.weight', 'cpu.max'],
  cpuset: ['cpuset.cpus'],
  pids: ['pids.max'],
  blkio: [
    'blkio.weight',
    'blkio.weight_device',
    'blkio.bfq.weight',
    'blkio.bfq.weight_device',
    'blkio.throttle.read_bps_device',
    'blkio.throttle.write_bps_device',
    'blkio.throttle.read_iops_device',
    'blkio.throttle.write_iops_device',
  ],
  io: ['io.weight', 'io.bfq.weight', 'io.max'],
};

/**
 * Looks which files there are. `path` is an existing group with the controllers enabled (the parent of the engine's
 * groups): the root of a v2 hierarchy has no limit files. Throws CGROUPS_UNUSABLE.
 */
export function probeCgroups(layout: CgroupLayout, path: string): CgroupFeatures {
  const { mode, unified = '' } = layout;
  try {
    const controllers =
      mode === 'v2'
        ? ['devices', 'freezer', ...words(readFileSync(`${unified}/cgroup.controllers`, 'utf8'))]
        : [...layout.controllers.keys()];
    const directory = (controller: string) => `${mode === 'v2' ? unified : layout.controllers.get(controller)}${path}`;
    const files = Object.entries(OPTIONAL_FILES)
      .filter(([controller]) => controllers.includes(controller))
      .flatMap(([controller, names]) => names.filter((name) => existsSync(`${directory(controller)}/${name}`)));
    const cpuset = mode === 'v2' ? unified : (layout.controllers.get('cpuset') ?? '');
    const read = (name: string) => {
      const file = [`${cpuset}/${name}.effective`, `${cpuset}/${name}`].find((candidate) => existsSync(candidate));
      return file === undefined ? '' : readFileSync(file, 'utf8').trim();
    };
    const [cpus, mems] = controllers.includes('cpuset') ? [read('cpuset.cpus'), read('cpuset.mems')] : ['', ''];
    return { controllers: new Set(controllers), files: new Set(files), cpus, mems };
  } catch (cause) {
    throw fail('CGROUPS_UNUSABLE', `the control groups below ${path} cannot be read`, { cause });
  }
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
