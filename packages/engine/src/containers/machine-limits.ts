import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { MachineLimits } from './validate-limits.ts';

/** What the kernel says is there; a machine without memory nodes has one, node 0. */
export function machineLimits(): MachineLimits {
  const list = (path: string, fallback: string) => {
    try {
      return readFileSync(path, 'utf8').trim() || fallback;
    } catch {
      return fallback; // not every kernel has the file
    }
  };
  const count = cpus().length;
  return {
    cpus: count,
    cpuList: list('/sys/devices/system/cpu/online', count > 1 ? `0-${count - 1}` : '0'),
    memoryNodeList: list('/sys/devices/system/node/online', '0'),
  };
}
