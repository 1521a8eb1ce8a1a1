import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';

/** Flag of a listening socket in /proc/net/unix (__SO_ACCEPTCON of linux/net.h). */
const LISTENING = 0x10000;

/** Inode of the socket that listens at the path; undefined when there is none. */
export function listenerInode(table: string, path: string): string | undefined {
  for (const line of table.split('\n')) {
    const [, , , flags = '', , , inode, name] = line.trim().split(/\s+/);
    if (name === path && (Number.parseInt(flags, 16) & LISTENING) !== 0) return inode;
  }
  return undefined;
}

function holds(pid: string, target: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === target);
  } catch (error) {
    // It ended, or closed a descriptor, while we looked; or it is not ours to look at.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

/**
 * The process that listens on a unix socket. Asked of the kernel, not of a file with a number in it: such a file may
 * name a process that is long gone.
 */
export function findListener(path: string): number | undefined {
  const inode = listenerInode(readFileSync('/proc/net/unix', 'utf8'), path);
  if (inode === undefined) return undefined;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => holds(pid, `socket:[${inode}]`));
  return found === undefined ? undefined : Number(found);
}
