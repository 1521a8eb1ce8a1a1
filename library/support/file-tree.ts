import { fail } from './errors.ts';

interface Common {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** One file of an image, by its type. `data` of a file is its whole content. */
export type TreeEntry =
  | (Common & { readonly type: 'directory' })
  | (Common & { readonly type: 'file'; readonly data: Buffer })
  | (Common & { readonly type: 'symlink'; readonly target: string })
  | (Common & { readonly type: 'hardlink'; readonly target: string });

/** Owner and mode of an added file; the owner is root unless told. */
export interface Ownership {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** A path inside an image without leading or doubled slashes; '' is the root. Dots are refused. */
function normalise(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw fail('LIBRARY_BAD_TREE', `a path of an image must not contain "..": ${path}`);
  return parts.join('/');
}

function common(defaultMode: number, ownership: Ownership): Common {
  return { mode: ownership.mode ?? defaultMode, uid: ownership.uid ?? 0, gid: ownership.gid ?? 0 };
}

/** The files of one image layer, in memory. Parent directories appear by themselves (0755, root). */
export class FileTree {
  readonly #entries = new Map<string, TreeEntry>();

  /** Adds a directory, or gives an existing one a new owner and mode. */
  directory(path: string, ownership: Ownership = {}): this {
    return this.#put(path, { type: 'directory', ...common(0o755, ownership) });
  }

  file(path: string, data: string | Buffer, ownership: Ownership = {}): this {
    const content = typeof data === 'string' ? Buffer.from(data) : data;
    return this.#put(path, { type: 'file', data: content, ...common(0o644, ownership) });
  }

  symlink(path: string, target: string, ownership: Ownership = {}): this {
    return this.#put(path, { type: 'symlink', target, ...common(0o777, ownership) });
  }

  /** Adds another name of the file at `target` (a path of this tree). */
  hardlink(path: string, target: string, ownership: Ownership = {}): this {
    return this.#put(path, { type: 'hardlink', target: normalise(target), ...common(0o644, ownership) });
  }

  /** Removes what is at `path` and everything below it; nothing there is no error. */
  remove(path: string): this {
    const key = normalise(path);
    for (const name of [...this.#entries.keys()]) {
      if (name === key || name.startsWith(`${key}/`)) this.#entries.delete(name);
    }
    return this;
  }

  /** Removes every path for which `matches` is true. */
  removeWhere(matches: (path: string) => boolean): this {
    for (const name of [...this.#entries.keys()]) if (matches(name)) this.remove(name);
    return this;
  }

  get(path: string): TreeEntry | undefined {
    return this.#entries.get(normalise(path));
  }

  /** All entries, sorted by the bytes of their path, so that parents come first and the order never changes. */
  entries(): [path: string, entry: TreeEntry][] {
    return [...this.#entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  #put(path: string, entry: TreeEntry): this {
    const key = normalise(path);
    if (key === '') return this;
    this.#ensureParents(key);
    const present = this.#entries.get(key);
    if (present?.type === 'directory' && entry.type !== 'directory') {
      throw fail('LIBRARY_BAD_TREE', `${key} is a directory already`);
    }
    // A package that ships /lib/x into an image where /lib is a link means the directory behind the link.
    if (present?.type === 'symlink' && entry.type === 'directory') return this;
    this.#entries.set(key, entry);
    return this;
  }

  #ensureParents(key: string): void {
    const slash = key.lastIndexOf('/');
    if (slash < 0) return;
    const parent = key.slice(0, slash);
    const present = this.#entries.get(parent);
    if (present === undefined) this.#put(parent, { type: 'directory', ...common(0o755, {}) });
    else if (present.type !== 'directory') throw fail('LIBRARY_BAD_TREE', `${parent} of ${key} is not a directory`);
  }
}
