import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, type Logger, messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import { type CdiEdits, type CdiSpec, parseCdiSpec } from './spec-file.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_FILES = 1000;

interface Found {
  readonly edits: CdiEdits;
  readonly spec: CdiSpec;
  /** Two files of the same directory have it: neither can be meant. */
  readonly conflict: boolean;
}

/** The devices that specification files describe. Directories given later win over earlier ones. */
export class CdiRegistry {
  readonly directories: readonly string[];
  readonly #logger: Logger;

  constructor(directories: readonly string[], logger: Logger) {
    this.directories = directories;
    this.#logger = logger;
  }

  /** Full names (`vendor/class=name`) of the devices that can be used, as the files are now. */
  list(): string[] {
    return usable(this.#load());
  }

  /**
   * What devices change of a container; `choose` gets the full names of all that there are and gives those wanted: each device's edits, after those that all devices of its
   * specification share, which come once. Throws NO_SUCH_CDI_DEVICE in Docker's words.
   */
  resolve(choose: (known: readonly string[]) => readonly string[]): CdiEdits[] {
    const known = this.#load();
    const names = choose(usable(known));
    const missing = names.filter((name) => known.get(name)?.conflict !== false);
    if (missing.length > 0) {
      const message = `CDI device injection failed: unresolvable CDI devices ${missing.join(', ')}`;
      throw fail('NO_SUCH_CDI_DEVICE', message);
    }
    const specs = new Set<CdiSpec>();
    return names.flatMap((name) => {
      const found = known.get(name);
      if (!found) return [];
      const shared = specs.has(found.spec) ? [] : [found.spec.containerEdits];
      specs.add(found.spec);
      return [...shared, found.edits];
    });
  }

  /** Specifications are read anew each time: they are few, and tools rewrite them when hardware changes. */
  #load(): Map<string, Found> {
    const all = new Map<string, Found>();
    for (const directory of this.directories) {
      const here = new Map<string, Found>();
      for (const spec of this.#specsIn(directory)) {
        for (const { name, containerEdits } of spec.devices) {
          const full = `${spec.kind}=${name}`;
          here.set(full, { edits: containerEdits, spec, conflict: here.has(full) });
        }
      }
      for (const [name, found] of here) all.set(name, found);
    }
    return all;
  }

  #specsIn(directory: string): CdiSpec[] {
    const names = namesIn(directory).filter((name) => /\.(json|ya?ml)$/.test(name));
    return names.slice(0, MAX_FILES).flatMap((name) => {
      const path = join(directory, name);
      try {
        if (!isReadable(path)) return [];
        return [parseCdiSpec(readFileSync(path, 'utf8'))];
      } catch (error) {
        this.#logger.warn('CDI specification', { path, error: messageOf(error) });
        return [];
      }
    });
  }
}

function usable(known: ReadonlyMap<string, Found>): string[] {
  return [...known].flatMap(([name, { conflict }]) => (conflict ? [] : [name])).toSorted();
}

/** A missing directory has no specifications. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return [];
    throw error;
  }
}

function isReadable(path: string): boolean {
  const stats = statSync(path);
  return stats.isFile() && stats.size <= MAX_BYTES;
}
