import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { commandSync } from '../lib/command.spawn.ts';

/** Everything on the machine that a test could leave behind: kind and name, one string each. */
export type Snapshot = ReadonlySet<string>;

/** Takes stock of mounts, cgroups, interfaces, nft tables, processes and temporary directories. */
export function takeSnapshot(): Snapshot {
  return new Set([
    ...mounts(),
    ...cgroups('/sys/fs/cgroup', 6),
    ...interfaces(),
    ...tables(),
    ...processes(),
    ...files(),
  ]);
}

/** What is there now and was not before, after some seconds in which things may still go away. */
export async function leaksSince(before: Snapshot, patience = 5000): Promise<string[]> {
  for (let waited = 0; ; waited += 250) {
    const left = [...takeSnapshot()].filter((item) => !before.has(item));
    if (left.length === 0 || waited >= patience) return left;
    await setTimeout(250);
  }
}

/** Mounts of ours in the text of /proc/self/mountinfo. */
export function mountsOf(mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.includes('wharf'))
    .map((point) => `mount ${point}`);
}

function mounts(): string[] {
  return mountsOf(readFileSync('/proc/self/mountinfo', 'utf8'));
}

function cgroups(path: string, depth: number): string[] {
  return directoriesOf(path).flatMap((name) => {
    const below = join(path, name);
    if (name.includes('wharf')) return [`cgroup ${below}`];
    return depth > 0 ? cgroups(below, depth - 1) : [];
  });
}

function interfaces(): string[] {
  return namesOf('/sys/class/net').map((name) => `interface ${name}`);
}

function tables(): string[] {
  const { ok, output } = commandSync('nft', ['list', 'tables']);
  return ok ? output.split('\n').filter((line) => line.includes('wharf')) : [];
}

function processes(): string[] {
  return namesOf('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((pid) => `process ${pid} ${commandLine(pid)}`)
    .filter((line) => /wharf|\bcell\b/.test(line));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().slice(0, 200);
  } catch {
    return ''; // It ended meanwhile.
  }
}

function files(): string[] {
  const named = (dir: string) =>
    namesOf(dir)
      .filter((name) => name.includes('wharf'))
      .map((name) => `file ${dir}/${name}`);
  return ['/tmp', '/run', '/var/lib', '/dev/shm'].flatMap(named);
}

function namesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // Not there, or gone meanwhile.
  }
}

function directoriesOf(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return []; // Gone meanwhile.
  }
}
