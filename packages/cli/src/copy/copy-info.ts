import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { posix } from 'node:path';
import { errnoOf } from '@wharf/kit';
import { exitError } from '../errors.ts';
import { assertsDirectory, baseOf, clean, endsInSlash, rebase, splitEntry } from './go-paths.ts';

/** One end of a copy. */
export interface CopyInfo {
  readonly path: string;
  readonly exists: boolean;
  readonly isDirectory: boolean;
  /** The name that its entries have in the archive, where that is not the path's own; else empty. */
  readonly rebaseName: string;
}

const MAX_LINKS = 10;

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EACCES: 'permission denied',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
};

/** A failed call on a local path, worded as Go does. */
export function localError(call: string, path: string, error: unknown): Error {
  const errno = errnoOf(error) ?? '';
  const words = WORDS[errno];
  return words === undefined ? (error as Error) : exitError(`${call} ${path}: ${words}`, 1, error);
}

function lstat(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (error) {
    throw localError('lstat', path, error);
  }
}

/** The path of the deepest part that is missing is what Go names. */
function realpath(path: string): string {
  try {
    const real = realpathSync(path);
    if (endsInSlash(path) && !statSync(real).isDirectory()) throw exitError('not a directory', 1);
    return real;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw localError('lstat', path, error);
    let at = '';
    for (const part of posix.resolve(path).split('/').filter(Boolean)) {
      at += `/${part}`;
      lstat(at);
    }
    throw localError('lstat', path, error);
  }
}

/** The local file or directory that is copied. Throws in Go's words when it does not exist. */
export function sourceInfo(path: string, follow: boolean): CopyInfo {
  let resolved: string;
  let rebaseName = '';
  if (follow) {
    ({ path: resolved, name: rebaseName } = rebase(path, realpath(path)));
  } else {
    const slash = path.lastIndexOf('/') + 1;
    const dir = realpath(path.slice(0, slash));
    resolved = `${dir === '/' ? '' : dir}/${path.slice(slash)}`;
    if (endsInSlash(path) && baseOf(path) !== baseOf(resolved)) rebaseName = baseOf(path);
  }
  return { path: resolved, exists: true, isDirectory: lstat(resolved).isDirectory(), rebaseName };
}

/** The local place that is copied to: links are followed, it need not exist, its directory must. */
export function destinationInfo(original: string): CopyInfo {
  let path = original;
  for (let links = 0; ; links += 1) {
    const stats = lstatIfThere(path);
    if (!stats) return missing(path);
    if (!stats.isSymbolicLink()) return { path, exists: true, isDirectory: stats.isDirectory(), rebaseName: '' };
    if (links > MAX_LINKS) throw exitError(`too many symlinks in ${original}`, 1);
    const target = readlinkSync(path);
    path = target.startsWith('/') ? target : posix.join(splitEntry(path).dir, target);
  }
}

function lstatIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw localError('lstat', path, error);
  }
}

function missing(path: string): CopyInfo {
  const { dir } = splitEntry(path);
  let parent: Stats;
  try {
    parent = statSync(dir === '' ? '.' : dir);
  } catch (error) {
    throw localError('stat', dir, error);
  }
  if (!parent.isDirectory()) throw exitError('not a directory', 1);
  return { path, exists: false, isDirectory: false, rebaseName: '' };
}

/** Where an archive is unpacked, and what becomes of the name that its entries begin with. */
export interface Placing {
  readonly dir: string;
  readonly rename?: { readonly from: string; readonly to: string };
}

/** Decides that from what both ends are. Throws in Docker's words. */
export function placeCopy(source: CopyInfo, destination: CopyInfo): Placing {
  if (destination.exists && destination.isDirectory) return { dir: destination.path };
  if (destination.exists && source.isDirectory) throw exitError('cannot copy directory', 1);
  if (!destination.exists && !source.isDirectory && assertsDirectory(destination.path)) {
    throw exitError('no such directory', 1);
  }
  const { dir, base } = splitEntry(destination.path);
  const from = source.rebaseName === '' ? splitEntry(source.path).base : source.rebaseName;
  return { dir: clean(dir), rename: { from: from === '/' ? '' : from, to: base } };
}

/** Refuses to write to a device. Throws in Docker's words. */
export function checkOutputPath(path: string): void {
  const dir = posix.dirname(posix.normalize(path));
  if (dir !== '.' && !statSync(dir, { throwIfNoEntry: false })) {
    throw exitError(`invalid output path: directory ${JSON.stringify(dir)} does not exist`, 1);
  }
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isBlockDevice() && !stats?.isCharacterDevice()) return;
  throw exitError(
    `invalid output path: ${JSON.stringify(path)} must be a directory or a regular file: got a device`,
    1,
  );
}
