import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';
import { displayName } from '../binary-name.ts';
import { fail } from '../errors.ts';
import { at, O_PATH, through } from './descriptors.ts';
import { isKernelFileSystem } from './kernel-file-systems.ts';

const { O_DIRECTORY, O_NOFOLLOW } = constants;

/** As many links as the kernel follows in one path (path_resolution(7)), and as deep as a path can be. */
const MAX_LINKS = 40;
const MAX_DEPTH = 2048;

/** A place in a tree: the directory that holds it, held open, and its name there ('' for the root itself). */
export interface Spot {
  /** Descriptor of the directory, opened with O_PATH. */
  readonly dir: number;
  readonly name: string;
  /** Absolute path below the root, without links in it: "/" for the root. A binary name. */
  readonly path: string;
}

/**
 * A directory tree that somebody else may be changing at the same moment, a container's for instance. Every step is taken
 * from an open directory (`/proc/self/fd/N/name`) and follows no link; links are followed by hand and end at the root. So
 * nothing that is put in the way, at whatever moment, leads out (CVE-2018-15664). Names are binary strings.
 */
export class Beneath {
  readonly #root: number;

  /** `root` is a descriptor of the directory, opened with O_PATH; whoever gave it closes it. */
  constructor(root: number) {
    this.#root = root;
  }

  /**
   * Finds the place that a path stands for; what it names need not exist, the directories on the way must. A final link
   * is followed with `follow`. The caller closes the spot. Throws what the kernel says: ENOENT (also for what
   * shows the kernel's state: /proc, /sys), ENOTDIR, ELOOP.
   */
  resolve(path: string, follow: boolean): Spot {
    const walk = new Walk(this.#root);
    try {
      walk.go(path, follow);
      return walk.take();
    } finally {
      walk.close();
    }
  }

  /** Where a path leads with all links followed, as far as that exists; the rest as it is written. */
  canonical(path: string): string {
    const walk = new Walk(this.#root);
    try {
      return walk.lenient(path);
    } finally {
      walk.close();
    }
  }

  close(spot: Spot): void {
    closeSync(spot.dir);
  }
}

/** The components of a path; "." and empty ones do not count. Throws TAR_UNSAFE for a name that no system takes. */
function components(path: string): string[] {
  if (path.includes('\0')) throw fail('TAR_UNSAFE', `invalid path "${displayName(path)}": it has a zero byte`);
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

class Walk {
  readonly #stack: { readonly fd: number; readonly name: string }[] = [];
  readonly #root: number;
  #name = '';
  #links = 0;
  /** Names that do not exist are taken as they are written, in `#missing`. */
  #lenient = false;
  #missing: string[] | undefined;

  constructor(root: number) {
    this.#root = root;
  }

  get #top(): number {
    return this.#stack.at(-1)?.fd ?? this.#root;
  }

  go(path: string, follow: boolean): void {
    const isDirectory = /(?:^|\/)\.?$/.test(path) && path !== '';
    this.#steps(components(path), follow || isDirectory, isDirectory);
  }

  #steps(rest: string[], follow: boolean, mustBeDirectory: boolean): void {
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      if (this.#isMissing(part)) continue;
      this.#enterName(part);
      if (part === '..') {
        this.#name = '';
        this.#pop();
        continue;
      }
      const isLast = rest.length === 0;
      const target = !isLast || follow ? this.#linkTarget(part) : undefined;
      if (target === undefined) {
        this.#name = part;
        continue;
      }
      this.#name = '';
      if (target.startsWith('/')) while (this.#stack.length > 0) this.#pop();
      rest.unshift(...components(target));
    }
    // A name that must be a directory is gone into, so that it is one.
    if (mustBeDirectory) this.#enterName('');
  }

  /** Whether the walk has left what exists, or does so now; then the name is only written down. */
  #isMissing(part: string): boolean {
    if (!this.#lenient) return false;
    if (this.#missing === undefined) {
      try {
        this.#enterName(part);
        return false;
      } catch (error) {
        if (!['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw error;
        this.#missing = [this.#name];
        this.#name = '';
      }
    }
    if (part !== '..') this.#missing.push(part);
    else if (this.#missing.pop() === undefined) this.#pop();
    return true;
  }

  /** Goes into the name that was found last, which is not the last one after all. */
  #enterName(next: string): void {
    if (this.#name === '') return;
    if (this.#stack.length >= MAX_DEPTH) throw systemError('ENAMETOOLONG', next);
    const fd = openSync(at(this.#top, this.#name), O_PATH | O_NOFOLLOW | O_DIRECTORY);
    this.#stack.push({ fd, name: this.#name });
    this.#name = '';
    // Nobody else's tree goes on below it.
    if (isKernelFileSystem(fd)) throw systemError('ENOENT', next);
  }

  #pop(): void {
    const gone = this.#stack.pop();
    if (gone) closeSync(gone.fd);
  }

  /** The target of the link of that name; undefined when it is no link, or nothing. */
  #linkTarget(name: string): string | undefined {
    let target: string;
    try {
      target = readlinkSync(at(this.#top, name), { encoding: 'latin1' });
    } catch (error) {
      if (errnoOf(error) === 'EINVAL' || errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
    this.#links += 1;
    if (this.#links > MAX_LINKS) throw systemError('ELOOP', name);
    return target;
  }

  lenient(path: string): string {
    this.#lenient = true;
    this.#steps(components(path), true, false);
    return this.path;
  }

  get path(): string {
    const names = this.#stack.map(({ name }) => name);
    return `/${[...names, this.#name, ...(this.#missing ?? [])].filter(Boolean).join('/')}`;
  }

  /** The place that was reached, with a descriptor of its own. */
  take(): Spot {
    const path = this.path;
    const dir = openSync(through(this.#top), O_PATH | O_DIRECTORY);
    return { dir, name: this.#name, path };
  }

  close(): void {
    while (this.#stack.length > 0) this.#pop();
  }
}

/** An error like those of node:fs, for what is decided here instead of in the kernel. */
function systemError(code: string, name: string): Error {
  return Object.assign(fail('TAR_UNSAFE', `${code}: ${displayName(name)}`), { code, syscall: 'open' });
}
