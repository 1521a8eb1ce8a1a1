import { fail } from '../errors.ts';
import type { Flag, FlagOptions } from './flag.ts';
import { parseBool, parseBytes, parseDuration, parseInt64, parseUint } from './numbers.ts';

function make<T>(
  name: string,
  usage: string,
  type: string,
  initial: T,
  options: FlagOptions<T>,
  parse: Flag<T>['parse'],
): Flag<T> {
  return { name, usage, type, ...options, initial: options.initial ?? initial, parse };
}

/** A switch: `--x`, `--x=false`. A default of true is shown in the help. */
function bool(name: string, usage: string, options: FlagOptions<boolean> = {}): Flag<boolean> {
  const shown = options.initial ? { shown: 'true' } : {};
  return { ...make(name, usage, '', false, { ...shown, ...options }, (text) => parseBool(text)), bare: 'true' };
}

/** Text; the last one given wins. A default is shown quoted. */
function string(name: string, usage: string, options: FlagOptions<string> = {}): Flag<string> {
  const shown = options.initial ? { shown: JSON.stringify(options.initial) } : {};
  return make(name, usage, 'string', '', { ...shown, ...options }, (text) => text);
}

function number(
  type: string,
  read: (text: string) => number,
): (name: string, usage: string, options?: FlagOptions<number>) => Flag<number> {
  return (name, usage, options = {}) => {
    const shown = options.initial ? { shown: String(options.initial) } : {};
    return make(name, usage, type, 0, { ...shown, ...options }, (text) => read(text));
  };
}

/** Nanoseconds, written as Go writes durations. */
function duration(name: string, usage: string, options: FlagOptions<number> = {}): Flag<number> {
  return make(name, usage, 'duration', 0, options, (text) => parseDuration(text));
}

/** Any number of texts, each occurrence appended; `check` may refuse or rewrite each. */
function list(
  name: string,
  usage: string,
  options: FlagOptions<readonly string[]> & { check?(text: string): string } = {},
): Flag<readonly string[]> {
  const { check, ...rest } = options;
  return make<readonly string[]>(name, usage, 'list', [], rest, (text, current) => [
    ...current,
    check ? check(text) : text,
  ]);
}

/** Like `list`, but one occurrence may hold several values separated by commas (quoted as in CSV). */
function strings(name: string, usage: string, options: FlagOptions<readonly string[]> = {}): Flag<readonly string[]> {
  return make<readonly string[]>(name, usage, 'strings', [], options, (text, current) => [
    ...current,
    ...splitCsv(text),
  ]);
}

/** Any number of `key=value`; a missing `=` means an empty value. The last value of a key wins. */
function map(
  name: string,
  usage: string,
  options: FlagOptions<ReadonlyMap<string, string>> & { check?(text: string): string } = {},
): Flag<ReadonlyMap<string, string>> {
  const { check, ...rest } = options;
  const initial: ReadonlyMap<string, string> = new Map();
  return make(name, usage, 'map', initial, { shown: 'map[]', ...rest }, (text, current) => {
    const entry = check ? check(text) : text;
    const at = entry.indexOf('=');
    const [key, value] = at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
    return new Map([...current, [key, value]]);
  });
}

/** A flag with a reader of its own. */
function custom<T>(
  name: string,
  usage: string,
  type: string,
  initial: T,
  parse: (text: string, current: T) => T,
  options: Omit<FlagOptions<T>, 'initial'> = {},
): Flag<T> {
  return make(name, usage, type, initial, options, parse);
}

/** The kinds of flags: `flag.bool('all', 'Show all', { short: 'a' })`. */
export const flag = {
  bool,
  string,
  int: number('int', parseInt64),
  uint: number('uint', (text) => parseUint(text, 64)),
  uint16: number('uint16', (text) => parseUint(text, 16)),
  bytes: number('bytes', parseBytes),
  duration,
  list,
  strings,
  map,
  custom,
};

/** Splits one line of comma-separated values; double quotes protect commas and are doubled to mean themselves. */
export function splitCsv(text: string): string[] {
  const fields: string[] = [];
  let at = 0;
  while (at <= text.length) {
    if (text[at] === '"') {
      const quoted = /^"((?:[^"]|"")*)"(?=,|$)/.exec(text.slice(at));
      if (!quoted) {
        const reason = /^"(?:[^"]|"")*"/.test(text.slice(at)) ? 'extraneous or missing " in quoted-field' : 'EOF';
        throw fail('FLAG_VALUE', reason === 'EOF' ? 'EOF' : `parse error on line 1, column ${at + 1}: ${reason}`);
      }
      fields.push((quoted[1] ?? '').replaceAll('""', '"'));
      at += quoted[0].length + 1;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma < 0 ? text.length : comma;
      const field = text.slice(at, end);
      if (field.includes('"')) {
        const column = at + field.indexOf('"') + 1;
        throw fail('FLAG_VALUE', `parse error on line 1, column ${column}: bare " in non-quoted-field`);
      }
      fields.push(field);
      at = end + 1;
    }
  }
  return fields;
}
