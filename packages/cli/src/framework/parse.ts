import { messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import type { Flag, FlagTable, FlagValues } from './flag.ts';

/** What a command line came to. */
export interface Parsed<F extends FlagTable> {
  readonly values: FlagValues<F>;
  /** Names (long, without dashes) of the flags that were given. */
  readonly changed: ReadonlySet<string>;
  readonly args: readonly string[];
  /** True when `--help` was among the flags. */
  readonly help: boolean;
  /** Lines to show before anything else: uses of deprecated flags. */
  readonly notices: readonly string[];
}

type AnyFlag = Flag<unknown>;

class FlagParser {
  readonly values: Record<string, unknown> = {};
  readonly changed = new Set<string>();
  readonly args: string[] = [];
  readonly notices: string[] = [];
  help = false;
  readonly #rest: string[];
  readonly #long = new Map<string, [string, AnyFlag]>();
  readonly #short = new Map<string, [string, AnyFlag]>();

  constructor(flags: FlagTable, argv: readonly string[]) {
    this.#rest = [...argv];
    for (const [key, each] of Object.entries(flags)) {
      const flag = each as AnyFlag;
      this.values[key] = flag.initial;
      this.#long.set(flag.name, [key, flag]);
      if (flag.short !== undefined) this.#short.set(flag.short, [key, flag]);
    }
  }

  /** Reads until the words end; with `interspersed` false the first word that is no flag ends the flags. */
  run(interspersed: boolean): void {
    for (let word = this.#rest.shift(); word !== undefined; word = this.#rest.shift()) {
      if (word === '--') {
        this.args.push(...this.#rest.splice(0));
      } else if (word.startsWith('--')) {
        this.#readLong(word);
      } else if (word.startsWith('-') && word !== '-') {
        for (let letters = word.slice(1); letters !== ''; ) letters = this.#readShort(letters);
      } else {
        this.args.push(word);
        if (!interspersed) this.args.push(...this.#rest.splice(0));
      }
      if (this.help) return;
    }
  }

  #readLong(word: string): void {
    const body = word.slice(2);
    if (body.startsWith('-') || body.startsWith('=')) throw fail('FLAG_SYNTAX', `bad flag syntax: ${word}`);
    const equals = body.indexOf('=');
    const name = equals < 0 ? body : body.slice(0, equals);
    const found = this.#long.get(name);
    if (!found) {
      if (name === 'help') {
        this.help = true;
        return;
      }
      throw fail('FLAG_SYNTAX', `unknown flag: --${name}`);
    }
    const [key, flag] = found;
    const value = equals < 0 ? (flag.bare ?? this.#rest.shift()) : body.slice(equals + 1);
    if (value === undefined) throw fail('FLAG_SYNTAX', `flag needs an argument: ${word}`);
    this.#set(key, flag, value);
  }

  /** Reads the first of a group of letters; returns the letters that are left. */
  #readShort(letters: string): string {
    const letter = letters[0] ?? '';
    const found = this.#short.get(letter);
    if (!found) {
      if (letter !== 'h') throw fail('FLAG_SYNTAX', `unknown shorthand flag: '${letter}' in -${letters}`);
      this.help = true;
      this.notices.push('Flag shorthand -h has been deprecated, use --help');
      return '';
    }
    const [key, flag] = found;
    if (letters.length > 2 && letters[1] === '=') {
      this.#set(key, flag, letters.slice(2));
      return '';
    }
    if (flag.bare !== undefined) {
      this.#set(key, flag, flag.bare);
      return letters.slice(1);
    }
    const value = letters.length > 1 ? letters.slice(1) : this.#rest.shift();
    if (value === undefined) throw fail('FLAG_SYNTAX', `flag needs an argument: '${letter}' in -${letters}`);
    this.#set(key, flag, value);
    return '';
  }

  #set(key: string, flag: AnyFlag, text: string): void {
    try {
      this.values[key] = flag.parse(text, this.values[key]);
    } catch (cause) {
      const shown = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`;
      const message = `invalid argument ${JSON.stringify(text)} for "${shown}" flag: ${messageOf(cause)}`;
      throw fail('FLAG_SYNTAX', message, { cause });
    }
    this.changed.add(flag.name);
    if (flag.deprecated !== undefined) {
      this.notices.push(`Flag --${flag.name} has been deprecated, ${flag.deprecated}`);
    }
  }
}

/**
 * Reads flags and arguments with the rules of POSIX/GNU as Docker's client applies them: `-itd`, `-p80:80`, `-e=A=1`,
 * `--rm=false`, `--`, repeated flags. Throws FLAG_SYNTAX with Docker's words.
 */
export function parseFlags<F extends FlagTable>(
  flags: F,
  argv: readonly string[],
  options: { readonly interspersed?: boolean } = {},
): Parsed<F> {
  const parser = new FlagParser(flags, argv);
  parser.run(options.interspersed ?? true);
  const { changed, args, help, notices } = parser;
  return { values: parser.values as FlagValues<F>, changed, args, help, notices };
}
