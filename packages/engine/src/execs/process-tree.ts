import { readdirSync } from 'node:fs';
import { type ProcessStat, processStat } from '@wharf/kit';

interface Seen extends ProcessStat {
  readonly pid: number;
}

function look(pid: number): Seen | undefined {
  const stat = processStat(pid);
  return stat && { pid, ...stat };
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
