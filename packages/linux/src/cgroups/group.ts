import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf, messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import { type CgroupLayout, cgroupDirectories, controllerDirectory } from './layout.ts';
import type { CgroupPlan } from './plan.ts';

const MAX_DEPTH = 16;
const LONGEST_WAIT = 512;

/** Makes the directories and writes the limits. Throws INVALID_RESOURCES (a value was refused) or CGROUPS_UNUSABLE. */
export function applyCgroup(plan: Pick<CgroupPlan, 'directories' | 'writes'>): void {
  for (const directory of plan.directories) {
    try {
      mkdirSync(directory);
    } catch (cause) {
      if (errnoOf(cause) !== 'EEXIST')
        throw fail('CGROUPS_UNUSABLE', `cannot make the cgroup: ${messageOf(cause)}`, { cause });
    }
  }
  for (const { path, data, optional } of plan.writes) {
    try {
      // No O_CREAT or O_TRUNC: the files are the kernel's, and one that is missing is an error.
      writeFileSync(path, data, { flag: 'r+' });
    } catch (cause) {
      if (optional) continue;
      throw fail('INVALID_RESOURCES', `failed to write ${JSON.stringify(data)} to ${path}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}

/** The processes in the group and those below it; none if the group is not there. */
export function cgroupProcesses(layout: CgroupLayout, path: string): number[] {
  const directory = mainDirectory(layout, path);
  return directory === undefined ? [] : processesBelow(directory, 0);
}

/**
 * Kills every process of the group and of those below it. One write where the kernel has cgroup.kill (5.14), else
 * signals, again until nobody is left, because processes may fork meanwhile; at most 100 rounds.
 */
export async function killCgroup(layout: CgroupLayout, path: string): Promise<void> {
  const unified =
    layout.unified === undefined ? undefined : cgroupDirectories({ ...layout, controllers: new Map() }, path)[0];
  if (unified !== undefined && readIfThere(`${unified}/cgroup.procs`) !== undefined) {
    try {
      writeFileSync(`${unified}/cgroup.kill`, '1', { flag: 'r+' });
      if (layout.mode === 'v2') return;
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT')
        throw fail('CGROUPS_UNUSABLE', `cannot kill the cgroup: ${messageOf(error)}`, { cause: error });
    }
  }
  const directory = mainDirectory(layout, path);
  for (let round = 0; directory !== undefined && round < 100; round += 1) {
    const pids = processesBelow(directory, 0);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await delay(round < 5 ? 1 : 10);
  }
}

/** Freezes or thaws the group. Throws CGROUPS_UNUSABLE. */
export function freezeCgroup(layout: CgroupLayout, path: string, frozen: boolean): void {
  const directory = controllerDirectory(layout, 'freezer', path) ?? '';
  const [file, data] =
    layout.mode === 'v2' ? ['cgroup.freeze', frozen ? '1' : '0'] : ['freezer.state', frozen ? 'FROZEN' : 'THAWED'];
  try {
    writeFileSync(`${directory}/${file}`, data, { flag: 'r+' });
  } catch (cause) {
    throw fail('CGROUPS_UNUSABLE', `cannot ${frozen ? 'freeze' : 'thaw'} the cgroup: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Removes the group and those below it from all hierarchies. A group whose last process has just died is busy for a
 * moment: tried again for up to a second. A group that is not there is fine. Throws CGROUPS_UNUSABLE.
 */
export async function removeCgroup(layout: CgroupLayout, path: string): Promise<void> {
  let left = cgroupDirectories(layout, path);
  for (let wait = 1; ; wait *= 2) {
    const failures = left.map((directory) => ({ directory, error: tryRemove(directory, 0) }));
    const failed = failures.filter(({ error }) => error !== undefined);
    left = failed.map(({ directory }) => directory);
    if (left.length === 0) return;
    const busy = failed.every(({ error }) => ['EBUSY', 'ENOTEMPTY'].includes(errnoOf(error) ?? ''));
    if (wait > LONGEST_WAIT || !busy) {
      const cause = failed[0]?.error;
      throw fail('CGROUPS_UNUSABLE', `cannot remove the cgroup: ${messageOf(cause)}`, { cause });
    }
    await delay(wait);
  }
}

/** The hierarchy that is asked who is in a group. */
function mainDirectory(layout: CgroupLayout, path: string): string | undefined {
  return (
    controllerDirectory(layout, 'pids', path) ??
    controllerDirectory(layout, 'memory', path) ??
    cgroupDirectories(layout, path)[0]
  );
}

function tryRemove(directory: string, depth: number): unknown {
  try {
    rmdirSync(directory);
    return undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    const inner = depth < MAX_DEPTH ? children(directory) : [];
    if (inner.length === 0) return error;
    const failures = inner.map((child) => tryRemove(child, depth + 1)).filter((failure) => failure !== undefined);
    return failures[0] ?? tryRemove(directory, MAX_DEPTH);
  }
}

function processesBelow(directory: string, depth: number): number[] {
  const own = (readIfThere(`${directory}/cgroup.procs`) ?? '')
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
  const inner = depth < MAX_DEPTH ? children(directory) : [];
  return [...own, ...inner.flatMap((child) => processesBelow(child, depth + 1))];
}

function children(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${directory}/${name}`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fail('CGROUPS_UNUSABLE', `cannot read the cgroup: ${messageOf(error)}`, { cause: error });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ENODEV: the group is being removed. EOPNOTSUPP: a threaded group has no list of processes.
    if (['ENOENT', 'ENODEV', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) return undefined;
    throw fail('CGROUPS_UNUSABLE', `cannot read the cgroup: ${messageOf(error)}`, { cause: error });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw fail('CGROUPS_UNUSABLE', `cannot kill process ${pid}`, { cause: error });
  }
}
