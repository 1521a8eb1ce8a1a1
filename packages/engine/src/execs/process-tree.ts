import { readdirSync, readFileSync } from 'node:fs';

/** One process as /proc tells of it: its parent, and when it started (clock ticks since boot). */
interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly start: string;
}

/** Reads /proc/PID/stat (proc(5)): the name is in parentheses and may itself have any characters. */
function look(pid: number): Seen | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(fields[1]), start: fields[19] ?? '' };
  } catch {
    return undefined; // Gone meanwhile.
  }
}

/**
 * A process and all that descend from it, as the host counts them. For commands without a control group of their own:
 * what has lost its parent is not found any more. One that started before its parent got an ID that was used before.
 */
export function processTree(root: number): number[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [look(Number(name))] : []));
  const children = new Map<number, Seen[]>();
  for (const seen of all) if (seen) children.set(seen.parent, [...(children.get(seen.parent) ?? []), seen]);
  const first = look(root);
  const found: Seen[] = first ? [first] : [];
  for (let at = 0; at < found.length; at += 1) {
    const parent = found[at] as Seen;
    const own = (children.get(parent.pid) ?? []).filter(({ start }) => Number(start) >= Number(parent.start));
    found.push(...own);
  }
  return found.map(({ pid }) => pid);
}
