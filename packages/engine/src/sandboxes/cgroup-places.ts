import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the group of a sandbox lies that is not below the engine's own parent group (`--cgroup-parent`). */
export interface CgroupPlace {
  /** Path of the parent below every mount point: "/batch/night"; empty for the root. */
  readonly parent: string;
  /** Directories of it and of groups above it, in every hierarchy, that the engine made for it; deepest last. */
  readonly made: readonly string[];
}

/**
 * The places of sandboxes with a parent group of their own. Each is a file in a directory below the exec root, so that
 * an engine after this one finds the groups again, also those of sandboxes that never became a container.
 */
export class CgroupPlaces {
  readonly #directory: string;
  readonly #places = new Map<string, CgroupPlace>();

  /** Reads what an engine before this one left. */
  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory)) {
      const place = parsePlace(readFileSync(join(directory, name), 'utf8'));
      if (place && !name.endsWith('.new')) this.#places.set(name, place);
      else rmSync(join(directory, name));
    }
  }

  of(sandbox: string): CgroupPlace | undefined {
    return this.#places.get(sandbox);
  }

  /** Whether the engine made this directory for a sandbox that is still there. */
  made(directory: string): boolean {
    return [...this.#places.values()].some((place) => place.made.includes(directory));
  }

  /** Keeps the place, on disk first. */
  set(sandbox: string, place: CgroupPlace): void {
    const file = join(this.#directory, sandbox);
    writeFileSync(`${file}.new`, JSON.stringify(place), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    this.#places.set(sandbox, place);
  }

  /** Forgets the place; gives the directories that nobody needs any more, deepest first. */
  forget(sandbox: string): string[] {
    const place = this.#places.get(sandbox);
    if (place === undefined) return [];
    this.#places.delete(sandbox);
    rmSync(join(this.#directory, sandbox), { force: true });
    return place.made.filter((directory) => !this.made(directory)).reverse();
  }
}

/** Undefined for a file that a crash cut short. */
function parsePlace(text: string): CgroupPlace | undefined {
  try {
    return JSON.parse(text) as CgroupPlace;
  } catch {
    return undefined;
  }
}
