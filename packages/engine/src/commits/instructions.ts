import { fail } from '../errors.ts';

/** One instruction of a Dockerfile: its name in capitals, and the rest of its line. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** What may stand in a change of an image (Docker's list). */
const ALLOWED = new Set([
  ...['CMD', 'ENTRYPOINT', 'HEALTHCHECK', 'ENV', 'EXPOSE', 'LABEL', 'ONBUILD', 'STOPSIGNAL', 'USER', 'VOLUME'],
  'WORKDIR',
]);

/** Reads changes as a Dockerfile: comments and empty lines do not count, a backslash joins lines. Throws BAD_CHANGE. */
export function readInstructions(changes: readonly string[]): Instruction[] {
  const lines = changes
    .join('\n')
    .replace(/^[ \t]*#.*(?:\n|$)/gm, '')
    .replace(/\\[ \t]*\n/g, '');
  const found = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
      return { name: name.toUpperCase(), rest: rest.trim() };
    });
  if (found.length === 0) throw fail('BAD_CHANGE', 'file with no instructions');
  for (const { name } of found) {
    if (!ALLOWED.has(name)) throw fail('BAD_CHANGE', `${name} is not a valid change command`);
  }
  return found;
}

/** A list in the form of JSON; undefined for anything else. Throws BAD_CHANGE for a list of other things than strings. */
export function jsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (value.every((item) => typeof item === 'string')) return value;
  throw fail('BAD_CHANGE', 'when using JSON array syntax, arrays must be comprised of strings only');
}
