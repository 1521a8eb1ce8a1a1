import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { fail } from '../errors.ts';

/** The name of the runtime that is Wharf's own. */
export const OWN_RUNTIME = 'wharf';

/** Runtimes that are offered without being asked for, where the machine has them. */
const USUAL = ['runc', 'crun'] as const;

/** A program with the OCI runtimes' command line. */
export interface OciRuntime {
  readonly name: string;
  /** A path, or the name of a program in PATH. */
  readonly path: string;
  /** Options that come before its command. */
  readonly args: readonly string[];
}

/** Reads the setting `NAME=PATH[,ARG…]`. Throws BAD_RUNTIME. */
export function parseRuntime(text: string): OciRuntime {
  const [, name = '', rest = ''] = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,127})=(.+)$/.exec(text) ?? [];
  const [path = '', ...args] = rest.split(',');
  if (name === '' || path === '') {
    throw fail('BAD_RUNTIME', `invalid runtime "${text}": want NAME=PATH[,ARGUMENT…]`);
  }
  if (name === OWN_RUNTIME) throw fail('BAD_RUNTIME', `runtime name '${OWN_RUNTIME}' is reserved`);
  return { name, path, args };
}

/** The program's absolute path; undefined when there is none that can be executed. `search` is a PATH. */
export function findProgram(program: string, search: string): string | undefined {
  const candidates = isAbsolute(program)
    ? [program]
    : search.split(delimiter).flatMap((directory) => (isAbsolute(directory) ? [join(directory, program)] : []));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The runtimes that containers of one engine may name. */
export class OciRuntimes {
  /** The one that containers get which name none. */
  readonly default: string;
  readonly #added: ReadonlyMap<string, OciRuntime>;
  readonly #search: string;

  /** Throws BAD_RUNTIME when the default is not among them. */
  constructor(options: {
    readonly added: readonly OciRuntime[];
    readonly default?: string | undefined;
    /** PATH of the engine. */
    readonly search: string;
  }) {
    this.#added = new Map(options.added.map((runtime) => [runtime.name, runtime]));
    this.#search = options.search;
    this.default = options.default ?? OWN_RUNTIME;
    this.foreign(this.default);
  }

  /** The runtime of that name, its program as an absolute path; undefined for our own. Throws UNKNOWN_RUNTIME. */
  foreign(name: string | null | undefined): OciRuntime | undefined {
    if (!name || name === OWN_RUNTIME) return undefined;
    const usual = USUAL.some((known) => known === name) ? { name, path: name, args: [] } : undefined;
    const runtime = this.#added.get(name) ?? usual;
    const path = runtime && findProgram(runtime.path, this.#search);
    // One that was set stays known: its start then tells what is missing.
    if (runtime && path === undefined && this.#added.has(name)) return runtime;
    if (!runtime || path === undefined) throw fail('UNKNOWN_RUNTIME', `unknown or invalid runtime name: ${name}`);
    return { ...runtime, path };
  }

  /** As `GET /info` lists them. */
  list(): Record<string, { path: string; runtimeArgs?: string[] }> {
    const usual = USUAL.filter((name) => !this.#added.has(name) && findProgram(name, this.#search) !== undefined);
    const added = [...this.#added.values()].map(({ name, path, args }) => {
      return [name, { path, ...(args.length > 0 ? { runtimeArgs: [...args] } : {}) }] as const;
    });
    return Object.fromEntries([
      ...usual.map((name) => [name, { path: name }] as const),
      ...added,
      [OWN_RUNTIME, { path: 'cell' }] as const,
    ]);
  }
}
