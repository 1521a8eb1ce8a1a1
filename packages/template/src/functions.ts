import { index, length, slice } from './access.ts';
import { equalsAny, less } from './compare.ts';
import { fail } from './errors.ts';
import { escapeHtml, escapeJs, escapeQuery } from './escape.ts';
import { encodeJson } from './json-encode.ts';
import { LIMITS } from './limits.ts';
import { printed, sprint, sprintln } from './print.ts';
import { sprintf } from './printf.ts';
import { ANY, bool, INT, REFLECT, STRING, STRINGS, string, strings } from './types.ts';
import { type GoFunction, INVALID, isTrue, unwrapInterface, type Value } from './value.ts';

/** The functions that every Go template has. */
export const builtins: ReadonlyMap<string, GoFunction> = new Map<string, GoFunction>([
  ['and', { params: [REFLECT, REFLECT], variadic: true, shortCircuit: 'and', call: () => INVALID }],
  ['or', { params: [REFLECT, REFLECT], variadic: true, shortCircuit: 'or', call: () => INVALID }],
  ['not', { params: [REFLECT], call: ([value]) => bool(!isTrue(unwrapInterface(value ?? INVALID))) }],
  ['eq', { params: [REFLECT, REFLECT], variadic: true, call: (args) => bool(equalsAny(args)) }],
  ['ne', pair((a, b) => !equalsAny([a, b]))],
  ['lt', pair(less)],
  ['le', pair((a, b) => less(a, b) || equalsAny([a, b]))],
  ['gt', pair((a, b) => !(less(a, b) || equalsAny([a, b])))],
  ['ge', pair((a, b) => !less(a, b))],
  ['index', { params: [REFLECT, REFLECT], variadic: true, call: index }],
  ['slice', { params: [REFLECT, REFLECT], variadic: true, call: slice }],
  ['len', { params: [REFLECT], call: ([value]) => length(value ?? INVALID) }],
  ['call', { params: [REFLECT, REFLECT], variadic: true, call: callValue }],
  ['print', { params: [ANY], variadic: true, call: (args) => string(sprint(args)) }],
  ['println', { params: [ANY], variadic: true, call: (args) => string(sprintln(args)) }],
  [
    'printf',
    { params: [STRING, ANY], variadic: true, call: ([format, ...args]) => string(sprintf(text(format), args)) },
  ],
  ['html', escaper(escapeHtml)],
  ['js', escaper(escapeJs)],
  ['urlquery', escaper(escapeQuery)],
]);

/** The functions that Docker adds. */
export const dockerFunctions: ReadonlyMap<string, GoFunction> = new Map<string, GoFunction>([
  ['json', { params: [ANY], call: ([value]) => string(encodeJson(value ?? INVALID)) }],
  ['split', { params: [STRING, STRING], call: ([value, separator]) => strings(split(text(value), text(separator))) }],
  ['join', { params: [STRINGS, STRING], call: ([value, separator]) => string(join(value, text(separator))) }],
  ['title', { params: [STRING], call: ([value]) => string(title(text(value))) }],
  ['lower', { params: [STRING], call: ([value]) => string(text(value).toLowerCase()) }],
  ['upper', { params: [STRING], call: ([value]) => string(text(value).toUpperCase()) }],
  ['pad', { params: [STRING, INT, INT], call: ([value, left, right]) => string(pad(text(value), left, right)) }],
  ['truncate', { params: [STRING, INT], call: ([value, size]) => string(truncate(text(value), number(size))) }],
]);

/** Docker's functions as they act on the headings of a table: texts stay whole. */
export const headerFunctions: ReadonlyMap<string, GoFunction> = new Map<string, GoFunction>([
  ...['json', 'title', 'lower', 'upper'].map((name): [string, GoFunction] => [name, { params: [STRING], call: keep }]),
  ...['split', 'join'].map((name): [string, GoFunction] => [name, { params: [STRING, STRING], call: keep }]),
  ['truncate', { params: [STRING, INT], call: keep }],
]);

/** All functions of a `--format` template; later tables win. */
export function functionTable(...extra: readonly ReadonlyMap<string, GoFunction>[]): ReadonlyMap<string, GoFunction> {
  return new Map([builtins, dockerFunctions, ...extra].flatMap((table) => [...table]));
}

function keep([value]: readonly Value[]): Value {
  return value ?? INVALID;
}

function pair(test: (a: Value, b: Value) => boolean): GoFunction {
  return { params: [REFLECT, REFLECT], call: ([a = INVALID, b = INVALID]) => bool(test(a, b)) };
}

function escaper(escape: (text: string) => string): GoFunction {
  return { params: [ANY], variadic: true, call: (args) => string(escape(joined(args))) };
}

/** What print would make of the arguments, a missing value saying so. */
function joined(args: readonly Value[]): string {
  return sprint(args.map(unwrapInterface).map((value) => (value.kind === 'invalid' ? string(printed(value)) : value)));
}

function callValue([fn, ...args]: readonly Value[]): Value {
  const target = fn === undefined ? INVALID : unwrapInterface(fn);
  if (target.kind === 'invalid') throw fail('TEMPLATE_FUNCTION', 'call of nil');
  if (target.kind !== 'func') throw fail('TEMPLATE_FUNCTION', `non-function of type ${target.type.name}`);
  return target.fn.call(args);
}

function text(value: Value | undefined): string {
  return value?.kind === 'string' ? value.value : '';
}

function number(value: Value | undefined): number {
  return value?.kind === 'int' ? Number(value.value) : 0;
}

/** strings.Split: an empty separator cuts into characters. */
function split(value: string, separator: string): string[] {
  return separator === '' ? [...value] : value.split(separator);
}

function join(value: Value | undefined, separator: string): string {
  if (value?.kind !== 'slice') return '';
  return (value.items ?? []).map((item) => text(item)).join(separator);
}

/** strings.Title: the first letter of every word in upper case; in ASCII, all but letters, digits and _ end a word. */
function title(value: string): string {
  return value.replace(/(^|[^\p{L}\p{Nd}_\u0080-\u{10ffff}]|\s)(\p{L})/gu, (_, before: string, letter: string) => {
    return before + letter.toUpperCase();
  });
}

function pad(value: string, left: Value | undefined, right: Value | undefined): string {
  const [before, after] = [number(left), number(right)];
  if (value === '') return value;
  if (before < 0 || after < 0) throw fail('TEMPLATE_FUNCTION', 'strings: negative Repeat count');
  if (before + after > LIMITS.output) throw fail('TEMPLATE_LIMIT', 'pad makes the text too long');
  return ' '.repeat(before) + value + ' '.repeat(after);
}

/** The first `size` bytes. */
function truncate(value: string, size: number): string {
  const bytes = Buffer.from(value);
  if (bytes.length < size) return value;
  if (size < 0) throw fail('TEMPLATE_FUNCTION', `runtime error: slice bounds out of range [:${size}]`);
  return bytes.subarray(0, size).toString('utf8');
}
