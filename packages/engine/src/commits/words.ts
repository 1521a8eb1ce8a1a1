import { fail } from '../errors.ts';

/** Words of an instruction as Dockerfiles have them: quotes and backslashes protect spaces, and stay for `expandWord`. */
export function splitWords(text: string): string[] {
  const words = text.match(/(?:[^\s'"\\]|\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?)+\\?|\\/gs) ?? [];
  return [...words];
}

/**
 * One word as a shell would read it: quotes go, `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}` are replaced, but
 * not between single quotes. Throws BAD_CHANGE in Docker's words.
 */
export function expandWord(word: string, env: ReadonlyMap<string, string>): string {
  return new WordReader(word, env).read();
}

class WordReader {
  readonly #word: string;
  readonly #env: ReadonlyMap<string, string>;
  #at = 0;

  constructor(word: string, env: ReadonlyMap<string, string>) {
    this.#word = word;
    this.#env = env;
  }

  /** Up to `end`, which is taken too; without one up to the end of the word. */
  read(end?: string): string {
    let text = '';
    for (;;) {
      const char = this.#word[this.#at];
      if (char === undefined) {
        if (end !== undefined) throw this.#unexpected(`matching ${quoteName(end)}`);
        return text;
      }
      this.#at += 1;
      if (char === end) return text;
      if (char === "'" && end !== '"') text += this.#singleQuoted();
      else if (char === '"' && end !== '"') text += this.read('"');
      else if (char === '\\') text += this.#escaped(end);
      else if (char === '$') text += this.#variable();
      else text += char;
    }
  }

  #unexpected(what: string): Error {
    const word = JSON.stringify(this.#word);
    return fail('BAD_CHANGE', `failed to process ${word}: unexpected end of statement while looking for ${what}`);
  }

  #singleQuoted(): string {
    const end = this.#word.indexOf("'", this.#at);
    if (end < 0) throw this.#unexpected('matching single-quote');
    const text = this.#word.slice(this.#at, end);
    this.#at = end + 1;
    return text;
  }

  /** Between double quotes a backslash means something before `"`, `$` and itself only. */
  #escaped(end: string | undefined): string {
    const next = this.#word[this.#at];
    if (next === undefined) return end === '"' ? '\\' : '';
    this.#at += 1;
    return end === '"' && !'"$\\'.includes(next) ? `\\${next}` : next;
  }

  #variable(): string {
    if (this.#word[this.#at] === '{') {
      this.#at += 1;
      return this.#braced();
    }
    const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#])/.exec(this.#word.slice(this.#at))?.[0];
    if (name === undefined) return '$';
    this.#at += name.length;
    return this.#env.get(name) ?? '';
  }

  #braced(): string {
    const name = /^[A-Za-z_][A-Za-z0-9_]*|^[0-9]/.exec(this.#word.slice(this.#at))?.[0] ?? '';
    this.#at += name.length;
    const value = this.#env.get(name);
    const operator = /^:?[-+]/.exec(this.#word.slice(this.#at))?.[0] ?? '';
    this.#at += operator.length;
    if (operator === '' && this.#word[this.#at] !== '}') {
      const rest = JSON.stringify(this.#word);
      throw fail('BAD_CHANGE', `failed to process ${rest}: unsupported modifier in substitution`);
    }
    const other = this.read('}');
    const isSet = operator.startsWith(':') ? (value ?? '') !== '' : value !== undefined;
    if (operator.endsWith('-')) return isSet ? (value ?? '') : other;
    if (operator.endsWith('+')) return isSet ? other : '';
    return value ?? '';
  }
}

function quoteName(end: string): string {
  return end === '"' ? 'double-quote' : end;
}
