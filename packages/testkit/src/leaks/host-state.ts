import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '@wharf/kit';

/** Kernel objects that an engine could leave behind. Each is a line that names one of them. */
export interface HostState {
  readonly interfaces: readonly string[];
  readonly cgroups: readonly string[];
}

const CGROUP_ROOT = '/sys/fs/cgroup';

/** Reads that lose a race with a disappearing process or directory give undefined. */
async function vanishing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    const gone = ['ENOENT', 'ESRCH', 'EINVAL', 'EACCES', 'ENODEV', 'ENOTDIR'];
    if (gone.includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

async function cgroupsBelow(directory: string, found: string[]): Promise<void> {
  for (const entry of (await vanishing(readdir(directory, { withFileTypes: true }))) ?? []) {
    if (!entry.isDirectory()) continue;
    const path = join(directory, entry.name);
    found.push(path);
    await cgroupsBelow(path, found);
  }
}

/** All network interfaces of this network namespace and all cgroups of every hierarchy. */
export async function readHostState(): Promise<HostState> {
  const cgroups: string[] = [];
  await cgroupsBelow(CGROUP_ROOT, cgroups);
  return { interfaces: await readdir('/sys/class/net'), cgroups };
}

/** The mount points, in any mount namespace, whose line mentions `text`; and the processes that hold such files open. */
export async function tracesOf(text: string): Promise<string[]> {
  const traces = new Set<string>();
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const mounts = (await vanishing(readFile(`/proc/${pid}/mountinfo`, 'utf8'))) ?? '';
    if (mounts.includes(text)) {
      for (const line of mounts.split('\n')) if (line.includes(text)) traces.add(`mount: ${line}`);
    }
    const command = ((await vanishing(readFile(`/proc/${pid}/cmdline`, 'utf8'))) ?? '').replaceAll('\0', ' ');
    if (command.includes(text)) traces.add(`process ${pid}: ${command}`);
    for (const fd of (await vanishing(readdir(`/proc/${pid}/fd`))) ?? []) {
      const target = (await vanishing(readlink(`/proc/${pid}/fd/${fd}`))) ?? '';
      if (target.includes(text)) traces.add(`process ${pid} (${command}) holds ${target}`);
    }
  }
  return [...traces];
}

/** The zombie children of a process. */
export async function zombiesOf(parent: number): Promise<string[]> {
  const zombies: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = (await vanishing(readFile(`/proc/${pid}/stat`, 'utf8'))) ?? '';
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' && Number(ppid) === parent) zombies.push(stat.slice(0, stat.lastIndexOf(')') + 1));
  }
  return zombies;
}
