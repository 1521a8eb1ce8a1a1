import { resolve } from 'node:path';
import type { CreateEnvironment } from './environment.ts';
import { openProblem, refuse } from './refuse.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function* lines(bytes: Buffer): Generator<[number, Buffer]> {
  let from = 0;
  for (let line = 1; from < bytes.length; line += 1) {
    const newline = bytes.indexOf(10, from);
    const to = newline < 0 ? bytes.length : newline;
    yield [line, bytes.subarray(from, to > from && bytes[to - 1] === 13 ? to - 1 : to)];
    from = to + 1;
  }
}

function readFile(path: string, environment: CreateEnvironment, lookup: boolean): string[] {
  let bytes: Buffer;
  try {
    bytes = environment.readText(path === '' ? path : resolve(environment.cwd, path));
  } catch (cause) {
    throw refuse(openProblem(path, cause));
  }
  const found: string[] = [];
  const wrong = (reason: string) => refuse(`invalid env file (${path}): ${reason}`);
  for (const [number, raw] of lines(bytes)) {
    const text = decode(raw);
    if (text === undefined) throw wrong(`invalid utf8 bytes at line ${number}: [${[...raw].join(' ')}]`);
    const line = (number === 1 ? text.replace(/^\uFEFF/, '') : text).trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const key = line.split('=', 1)[0] ?? '';
    if (key === '') throw wrong(`no variable name on line '${line}'`);
    if (/\s/.test(key)) throw wrong(`variable '${key}' contains whitespaces`);
    const known = lookup ? environment.env[key] : undefined;
    if (line.includes('=')) found.push(line);
    else if (known !== undefined) found.push(`${key}=${known}`);
  }
  return found;
}

/** The part before the first `=`, and what follows it if there is one. */
export function cut(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Variables of `--env-file` and `-e`, files first. A bare name takes the client's own value. */
export function collectEnv(
  files: readonly string[],
  values: readonly string[],
  environment: CreateEnvironment,
): string[] | null {
  const own = new Map<string, string>();
  for (const value of values) {
    const [name, text] = cut(value);
    const known = text ?? environment.env[name];
    own.set(name, known === undefined ? name : `${name}=${known}`);
  }
  for (const [name, value] of Object.entries(environment.proxies)) {
    if (!own.has(name)) own.set(name, `${name}=${value}`);
  }
  const all = [...files.flatMap((file) => readFile(file, environment, true)), ...own.values()];
  return all.length > 0 ? all : null;
}

/** Labels of `--label-file` and `--label`, the flags winning. */
export function collectLabels(
  files: readonly string[],
  values: readonly string[],
  environment: CreateEnvironment,
): Record<string, string> {
  const all = [...files.flatMap((file) => readFile(file, environment, false)), ...values];
  return toRecord(all);
}

/** `key=value` texts as an object; a missing value is empty and the last one wins. */
export function toRecord(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value): [string, string] => {
      const [name, text] = cut(value);
      return [name, text ?? ''];
    }),
  );
}
