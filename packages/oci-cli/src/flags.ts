import { fail } from './errors.ts';

/** What a command takes: `value` options with an argument, `flag` options without, `list` options that may be repeated. */
export type FlagKinds = Readonly<Record<string, 'value' | 'flag' | 'list'>>;

/** Parsed options and what follows them. */
export class Flags {
  readonly rest: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>, rest: readonly string[]) {
    this.#values = values;
    this.rest = rest;
  }

  has(name: string): boolean {
    const last = this.#values.get(name)?.at(-1);
    return last !== undefined && last !== 'false';
  }

  /** The last value given; undefined when none was, or an empty one. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1) || undefined;
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The container's ID, the first argument. Throws OCI_USAGE. */
  get id(): string {
    const id = this.rest[0];
    if (id === undefined) throw fail('OCI_USAGE', 'container id cannot be empty');
    return id;
  }
}

/**
 * Parses options as Go's flag package does, which the callers of OCI runtimes are used to: one dash or two, values after
 * `=` or as the next argument, nothing is an option after the first argument that is none. `short` maps other names to
 * the options' own. Throws OCI_USAGE.
 */
export function parseFlags(
  args: readonly string[],
  kinds: FlagKinds,
  short: Readonly<Record<string, string>> = {},
): Flags {
  const values = new Map<string, string[]>();
  let at = 0;
  for (; at < args.length; at += 1) {
    const word = args[at] ?? '';
    const match = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(word);
    if (word === '--' || !match) break;
    const given = match[1] ?? '';
    const name = short[given] ?? given;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw fail('OCI_USAGE', `flag provided but not defined: -${given}`);
    let value = match[2];
    if (value === undefined && kind === 'flag') value = 'true';
    if (value === undefined) {
      at += 1;
      value = args[at];
    }
    if (value === undefined) throw fail('OCI_USAGE', `flag needs an argument: -${given}`);
    values.set(name, kind === 'list' ? [...(values.get(name) ?? []), value] : [value]);
  }
  return new Flags(values, args[at] === '--' ? args.slice(at + 1) : args.slice(at));
}
