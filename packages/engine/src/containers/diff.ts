import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '@wharf/kit';
import type { Layers } from './ports.ts';

/** One change against the image: 0 modified, 1 added, 2 deleted. */
export interface Change {
  readonly Path: string;
  readonly Kind: 0 | 1 | 2;
}

const MODIFIED = 0;
const ADDED = 1;
const DELETED = 2;

/** What starting a container makes in its writable layer: no change of the container's own. */
const OF_THE_ENGINE = new Set([
  ...['/.dockerenv', '/dev/console', '/dev/pts', '/dev/shm', '/dev/mqueue', '/etc/hosts', '/etc/hostname'],
  ...['/etc/resolv.conf', '/etc/mtab', '/dev', '/proc', '/sys'],
]);

/**
 * What a container's writable layer changes of its image, parents before what is in them, by name. A directory counts
 * as modified when something in it is, or when it was itself touched.
 */
export async function layerChanges(layers: Layers): Promise<Change[]> {
  return await changesIn('', layers.upper, layers.lower);
}

/** `path` is inside the container, '' its root; `lowers` are the same directory in the layers below, topmost first. */
async function changesIn(path: string, upper: string, lowers: readonly string[]): Promise<Change[]> {
  const changes: Change[] = [];
  for (const entry of (await entriesOf(upper)).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const found = await changesOf(`${path}/${entry.name}`, entry, upper, lowers);
    // One by one: as parameters of a call there could be too many.
    for (const change of found) changes.push(change);
  }
  return changes;
}

async function changesOf(path: string, entry: Dirent, upper: string, lowers: readonly string[]): Promise<Change[]> {
  const below = await lookUp(entry.name, lowers);
  if (entry.isCharacterDevice() && isWhiteout(await lstat(join(upper, entry.name)))) {
    return below.found ? [{ Path: path, Kind: DELETED }] : [];
  }
  const inside = entry.isDirectory() ? await changesIn(path, join(upper, entry.name), below.directories) : [];
  // Also a directory that only holds what the engine put there.
  const ownOnly = OF_THE_ENGINE.has(path) || (path === '/etc' && below.found && inside.length === 0);
  if (ownOnly && inside.length === 0) return [];
  return [{ Path: path, Kind: below.found ? MODIFIED : ADDED }, ...inside];
}

/** Whether the layers below have the name, and in which directories its content is. */
async function lookUp(
  name: string,
  lowers: readonly string[],
): Promise<{ readonly found: boolean; readonly directories: readonly string[] }> {
  const directories: string[] = [];
  for (const lower of lowers) {
    const stats = await statIfThere(join(lower, name));
    if (stats === undefined) continue;
    if (isWhiteout(stats)) break;
    if (!stats.isDirectory()) return { found: true, directories };
    directories.push(join(lower, name));
  }
  return { found: directories.length > 0, directories };
}

/** overlayfs writes down a removed file as a character device 0/0. */
function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (isGone(error)) return []; // the container has just removed it
    throw error;
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');
}
