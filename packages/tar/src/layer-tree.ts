import { lstatSync, mkdirSync, readlinkSync, rmSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';
import { displayName, fsPath } from './binary-name.ts';
import { fail } from './errors.ts';

/** A place in the layer: `dir` is a chain of real directories below the root ('' is the root itself). */
export interface Place {
  readonly dir: string;
  readonly base: string;
  /** `dir` and `base` joined. */
  readonly path: string;
}

/** As the kernel's own limit (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * The directory that a layer is unpacked into. Resolves parents of entries by hand, component by component: a symbolic
 * link of the layer that stands in for a directory is followed inside the root, never out of it (Docker and containerd
 * do the same; old distribution layers have entries below /lib, a link). Nobody else may write to the directory.
 */
export class LayerTree {
  readonly #root: string;
  /** Directories that no entry named, made on the way to one that was. */
  readonly implied = new Set<string>();
  readonly #resolved = new Map<string, string>();
  /** Links followed for the current entry, all together: nested ones would otherwise multiply. */
  #links = 0;

  readonly #isTaken: (path: string) => boolean;

  /** `root` is a binary name without a trailing slash. `isTaken` tells paths that will be something later. */
  constructor(root: string, isTaken: (path: string) => boolean) {
    this.#root = root;
    this.#isTaken = isTaken;
  }

  /** The full path for node:fs. */
  file(path: string): string | Buffer {
    return fsPath(path === '' ? this.#root : `${this.#root}/${path}`);
  }

  /** Where an entry with these components goes. Missing parents are made. Throws TAR_UNSAFE. */
  place(parts: readonly string[]): Place {
    const base = parts.at(-1) ?? '';
    this.#links = 0;
    const dir = this.#directory(parts.slice(0, -1));
    return { dir, base, path: join(dir, base) };
  }

  /** Like `place`, for the target of a hard link: undefined when a parent is missing. */
  find(parts: readonly string[]): Place | undefined {
    const before = this.implied.size;
    const place = this.place(parts);
    if (this.implied.size === before) return place;
    return undefined;
  }

  #directory(parts: readonly string[]): string {
    const key = parts.join('/');
    const known = this.#resolved.get(key);
    if (known !== undefined) return known;
    const name = parts.at(-1);
    if (name === undefined) return '';
    const parent = this.#directory(parts.slice(0, -1));
    const real = this.#step(parent, name);
    this.#resolved.set(key, real);
    return real;
  }

  /** The real directory that `name` is in the real directory `parent`. */
  #step(parent: string, name: string): string {
    const path = join(parent, name);
    const stat = lstatSync(this.file(path), { throwIfNoEntry: false });
    if (stat?.isDirectory()) return path;
    if (stat === undefined && !this.#isTaken(path)) {
      mkdirSync(this.file(path), 0o700);
      this.implied.add(path);
      return path;
    }
    if (!stat?.isSymbolicLink()) {
      throw fail('TAR_UNSAFE', `invalid tar entry: parent "${displayName(path)}" is not a directory`);
    }
    this.#links += 1;
    if (this.#links > MAX_LINKS)
      throw fail('TAR_UNSAFE', `invalid tar entry: too many links at "${displayName(path)}"`);
    const target = readlinkSync(this.file(path), { encoding: 'latin1' });
    const start = target.startsWith('/') || parent === '' ? [] : parent.split('/');
    return this.#follow(start, target.split('/'));
  }

  /** Walks a link's target from a real directory; ".." stops at the root, as in a chroot. */
  #follow(start: readonly string[], target: readonly string[]): string {
    let real = start.join('/');
    for (const part of target) {
      if (part === '' || part === '.') continue;
      real = part === '..' ? dirname(real) : this.#step(real, part);
      if (real.length > 4096) throw fail('TAR_UNSAFE', 'invalid tar entry: a link resolves to an endless path');
    }
    return real;
  }

  /** Removes whatever is at the path; returns how many bytes of files went with it. */
  remove(path: string): number {
    const stat = lstatSync(this.file(path), { throwIfNoEntry: false });
    if (stat === undefined) return 0;
    const isDirectory = stat.isDirectory();
    rmSync(this.file(path), { recursive: true, force: true });
    if (isDirectory || stat.isSymbolicLink()) this.#resolved.clear();
    if (isDirectory) for (const dir of this.implied) if (isBelow(dir, path)) this.implied.delete(dir);
    return !isDirectory && stat.nlink === 1 ? stat.size : 0;
  }

  /** A checker for the end: is every component of this path still a real directory? Remembers what it saw. */
  realDirectories(): (path: string) => boolean {
    const seen = new Map<string, boolean>([['', true]]);
    const check = (path: string): boolean => {
      const known = seen.get(path);
      if (known !== undefined) return known;
      const real =
        check(dirname(path)) && lstatSync(this.file(path), { throwIfNoEntry: false })?.isDirectory() === true;
      seen.set(path, real);
      return real;
    };
    return check;
  }

  /** What is at the path, without following it. */
  stat(path: string): ReturnType<typeof lstatSync> | undefined {
    try {
      return lstatSync(this.file(path), { throwIfNoEntry: false });
    } catch (error) {
      if (errnoOf(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  }
}

/** True when `path` is `dir` or lies below it. */
export function isBelow(path: string, dir: string): boolean {
  return path === dir || path.startsWith(`${dir}/`);
}

export function join(dir: string, base: string): string {
  return dir === '' ? base : `${dir}/${base}`;
}

export function dirname(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}
