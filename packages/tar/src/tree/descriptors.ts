import { constants, fstatSync, openSync, type Stats } from 'node:fs';
import { errnoOf } from '@wharf/kit';
import { fsPath } from '../binary-name.ts';

/** open(2): only a handle of the place, without any effect on what is there. */
export const O_PATH = 0o10000000;

/** The path of a place for node:fs; calls that follow a final link must not be given it. */
export function at(dir: number, name: string): string | Buffer {
  return fsPath(name === '' ? `/proc/self/fd/${dir}/.` : `/proc/self/fd/${dir}/${name}`);
}

/** The path of what a descriptor is open on: a link of the kernel's own, which leads nowhere else. */
export function through(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** Opens what is there, whatever it is, without following a link and without any effect (O_PATH). */
export function openThere(dir: number, name: string): number {
  return openSync(at(dir, name), O_PATH | constants.O_NOFOLLOW);
}

/** What is there, and its descriptor (O_PATH), which the caller closes; undefined when nothing is. */
export function look(dir: number, name: string): { readonly fd: number; readonly stats: Stats } | undefined {
  let fd: number;
  try {
    fd = openThere(dir, name);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return { fd, stats: fstatSync(fd) };
}
