import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestEngine } from '@wharf/testkit';
import { minimum } from './numbers.ts';

/** What an engine costs in memory. Kilobytes. */
export interface MemoryCost {
  /** Resident size of the engine's own processes, before it has any container. */
  readonly idleRss: number;
  /** Proportional size that one running container costs outside of itself: its monitor, and growth of the engine. */
  readonly perContainer: number;
  /** The monitor's (or shim's) part of it. */
  readonly monitor: number;
}

const CONTAINERS = 20;

/** Reads that lose a race with a process that ends give an empty text. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}

function parents(): Map<number, number> {
  const found = new Map<number, number>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = readProc(`${pid}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (Number.isInteger(parent)) found.set(Number(pid), parent);
  }
  return found;
}

/** The engine, everything it has started, and the monitors of containers; not the containers' own processes. */
function engineProcesses(engine: number, containers: readonly number[]): number[] {
  const parentOf = parents();
  const roots = new Set([engine]);
  for (const container of containers) {
    for (let pid = parentOf.get(container); pid !== undefined && pid > 1; pid = parentOf.get(pid)) {
      if (pid === process.pid) break;
      roots.add(pid);
    }
  }
  const descends = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parentOf.get(at)) {
      if (containers.includes(at)) return false;
      if (roots.has(at)) return true;
    }
    return false;
  };
  return [...parentOf.keys()].filter(descends);
}

function sum(pids: readonly number[], file: string, key: string): number {
  const values = pids.map((pid) =>
    Number(new RegExp(`^${key}:\\s*(\\d+) kB`, 'm').exec(readProc(`${pid}/${file}`))?.[1] ?? 0),
  );
  return values.reduce((total, value) => total + value, 0);
}

/** The lowest of several readings: what stays after the engine has collected its garbage. */
async function settled(read: () => number): Promise<number> {
  const readings: number[] = [];
  for (let at = 0; at < 8; at += 1) {
    await delay(500);
    readings.push(read());
  }
  return minimum(readings);
}

async function pidsOf(engine: TestEngine, ids: readonly string[]): Promise<number[]> {
  const answers = await Promise.all(ids.map((id) => engine.api('GET', `/containers/${id}/json`)));
  return answers.map(({ json }) => (json as { State: { Pid: number } }).State.Pid);
}

/** Measures an engine that has just been started and has no containers; leaves it without containers. */
export async function measureMemory(engine: TestEngine): Promise<MemoryCost> {
  const idleRss = await settled(() => sum(engineProcesses(engine.pid, []), 'status', 'VmRSS'));
  // The first container makes the engine load code that it then keeps: that is no cost of each container.
  await engine.docker.ok(['run', '--rm', 'busybox', 'true']);
  const own = engineProcesses(engine.pid, []);
  const pss = (pids: readonly number[]): number => sum(pids, 'smaps_rollup', 'Pss');
  const before = await settled(() => pss(own));
  const ids: string[] = [];
  for (let at = 0; at < CONTAINERS; at += 1)
    ids.push(await engine.docker.ok(['run', '-d', 'busybox', 'sleep', '1000']));
  const pids = await pidsOf(engine, ids);
  const monitors = engineProcesses(engine.pid, pids).filter((pid) => !own.includes(pid));
  const monitor = pss(monitors) / CONTAINERS;
  // Garbage that the engine has collected in between must not be counted as a gift of the containers.
  const growth = Math.max(0, (await settled(() => pss(own))) - before) / CONTAINERS;
  await engine.removeContainers();
  return { idleRss, monitor, perContainer: monitor + growth };
}

/** Proportional size (kilobytes) of the engine and of all monitors: what its running containers cost outside of themselves. */
export async function outsideMemory(engine: TestEngine): Promise<number> {
  const { json } = await engine.api('GET', '/containers/json');
  const pids = await pidsOf(
    engine,
    (json as { Id: string }[]).map(({ Id }) => Id),
  );
  const pss = (): number => sum(engineProcesses(engine.pid, pids), 'smaps_rollup', 'Pss');
  return await settled(pss);
}
