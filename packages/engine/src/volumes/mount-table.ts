import { readFileSync } from 'node:fs';

/** One line of /proc/self/mountinfo, as far as it matters here (proc_pid_mountinfo(5)). */
export interface MountEntry {
  readonly mountPoint: string;
  /** Peer group, propagation source: `shared:2`, `master:3`. */
  readonly propagation: readonly string[];
}

const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Reads the text of a mountinfo file. */
export function parseMountTable(text: string): MountEntry[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const fields = line.split(' ');
      const end = fields.indexOf('-', 6);
      return { mountPoint: unescape(fields[4] ?? ''), propagation: fields.slice(6, end < 0 ? 6 : end) };
    });
}

/** The mounts that this process sees, in the order in which they were made. */
export function readMountTable(): MountEntry[] {
  return parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** The mount that a path without links in it lies on: of the deepest mount point the last made. */
export function mountOf(path: string, table: readonly MountEntry[]): MountEntry | undefined {
  let best: MountEntry | undefined;
  for (const entry of table) {
    const { mountPoint } = entry;
    const above = mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
    if (above && mountPoint.length >= (best?.mountPoint.length ?? 0)) best = entry;
  }
  return best;
}

/** Whether something is mounted exactly there. */
export function isMountPoint(path: string, table: readonly MountEntry[] = readMountTable()): boolean {
  return table.some(({ mountPoint }) => mountPoint === path);
}
