import { type BigIntStats, closeSync, fstatSync } from 'node:fs';
import { posix } from 'node:path';
import { type Beneath, openThere } from '@wharf/tar';
import type { PathStat } from './messages.ts';

/** Bits of Go's file modes (package io/fs), which the API has taken over. */
const GO = {
  directory: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  fifo: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  character: 2 ** 21,
  sticky: 2 ** 20,
} as const;

/** A mode of stat(2) as Go writes it. */
export function goMode(mode: number): number {
  const types: Readonly<Record<number, number>> = {
    0o040000: GO.directory,
    0o120000: GO.symlink,
    0o060000: GO.device,
    0o020000: GO.device + GO.character,
    0o010000: GO.fifo,
    0o140000: GO.socket,
  };
  const bit = (mask: number, go: number) => ((mode & mask) === 0 ? 0 : go);
  const bits = bit(0o4000, GO.setuid) + bit(0o2000, GO.setgid) + bit(0o1000, GO.sticky);
  return (mode & 0o777) + bits + (types[mode & 0o170000] ?? 0);
}

/**
 * The path made absolute and clean; a "." or slash at its end, which says that a directory is meant (or what is in it),
 * stays. Docker's rules for paths of a copy.
 */
export function absolutePath(path: string): string {
  const clean = posix.join('/', path).replace(/(.)\/+$/, '$1');
  const dot = /(?:^|\/)\.\/*$/.test(path) ? (clean === '/' ? '.' : '/.') : '';
  const slash = path.endsWith('/') && !`${clean}${dot}`.endsWith('/') ? '/' : '';
  return `${clean}${dot}${slash}`;
}

/** The last element of a path, as Go's filepath.Base tells it. */
export function baseName(path: string): string {
  if (path === '') return '.';
  const bare = path.replace(/\/+$/, '');
  return bare === '' ? '/' : bare.slice(bare.lastIndexOf('/') + 1);
}

function timeText(nanoseconds: bigint): string {
  const seconds = nanoseconds / 1_000_000_000n;
  const fraction = String(nanoseconds % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${text}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** What is at the (absolute) path: a final link is told about, not followed. Throws what node:fs throws. */
export function statPath(tree: Beneath, path: string): PathStat {
  const spot = tree.resolve(binary(path), false);
  let stats: BigIntStats;
  try {
    const fd = openThere(spot.dir, spot.name);
    stats = fstatSync(fd, { bigint: true });
    closeSync(fd);
  } finally {
    tree.close(spot);
  }
  return {
    name: baseName(path),
    size: Number(stats.size),
    mode: goMode(Number(stats.mode)),
    mtime: timeText(stats.mtimeNs),
    linkTarget: stats.isSymbolicLink() ? text(tree.canonical(binary(path))) : '',
  };
}

/** Text as the bytes of a name, one character each. */
export function binary(path: string): string {
  return Buffer.from(path, 'utf8').toString('latin1');
}

/** The bytes of a name as text. */
export function text(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
