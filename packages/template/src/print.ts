import { formatFloat } from '@wharf/spec';
import { indirect, type Value } from './value.ts';

/** Keys in the order in which Go prints and walks a map. */
export function sortedEntries(entries: ReadonlyMap<string, Value>): [string, Value][] {
  return [...entries].sort(([a], [b]) => compareText(a, b));
}

/** Order by UTF-8 bytes, which is Go's order of strings. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  // UTF-16 units order like code points unless surrogates meet characters above them.
  if (!/[\ud800-\udfff]/.test(a + b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A value as `%v` prints it; `plus` adds field names (`%+v`). `depth` is 0 for the value itself. */
export function formatValue(value: Value, plus = false, depth = 0): string {
  if (value.kind === 'invalid') return '<nil>';
  const text = ownText(value);
  if (text !== undefined) return text;
  switch (value.kind) {
    case 'bool':
    case 'int':
    case 'uint':
    case 'string':
      return String(value.value);
    case 'float':
      return formatFloat(value.value, 'g');
    case 'slice':
      return `[${(value.items ?? []).map((item) => formatValue(item, plus, depth + 1)).join(' ')}]`;
    case 'map':
      return formatMap(value.entries ?? new Map(), plus, depth);
    case 'struct':
      return formatStruct(value.values, plus, depth);
    case 'func':
      return '0x0';
    case 'interface':
      return value.target === null ? '<nil>' : formatValue(value.target, plus, depth);
    default:
      return formatPointer(value.target, plus, depth);
  }
}

/** The value's own text, when its type has a String method and the value is not a nil pointer. */
export function ownText(value: Value): string | undefined {
  if (value.kind === 'invalid') return undefined;
  const text = value.type.text ?? (value.kind === 'ptr' ? value.type.elem?.text : undefined);
  if (text === undefined) return undefined;
  const held = indirect(value);
  return held.isNil ? undefined : text(held.value);
}

function formatMap(entries: ReadonlyMap<string, Value>, plus: boolean, depth: number): string {
  const parts = sortedEntries(entries).map(([key, value]) => `${key}:${formatValue(value, plus, depth + 1)}`);
  return `map[${parts.join(' ')}]`;
}

function formatStruct(values: ReadonlyMap<string, Value>, plus: boolean, depth: number): string {
  const parts = [...values].map(([name, value]) => {
    const text = formatValue(value, plus, depth + 1);
    return plus ? `${name}:${text}` : text;
  });
  return `{${parts.join(' ')}}`;
}

function formatPointer(target: Value | null, plus: boolean, depth: number): string {
  if (target === null) return '<nil>';
  const composite = target.kind === 'struct' || target.kind === 'map' || target.kind === 'slice';
  // Go prints the address of a pointer within another value; there is none here, so what it points to is printed.
  return composite || depth > 0 ? `&${formatValue(target, plus, depth + 1)}` : '0xc000000000';
}

/** What an action prints for a value: pointers are followed, what is missing says so. */
export function printed(value: Value): string {
  const shown = value.kind === 'ptr' ? indirect(value).value : value;
  return shown.kind === 'invalid' ? '<no value>' : formatValue(shown);
}

/** fmt.Sprint: a space between two values when neither is a string. */
export function sprint(values: readonly Value[]): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    const previous = values[index - 1];
    if (previous !== undefined && !isString(previous) && !isString(value)) text += ' ';
    text += formatValue(value);
  }
  return text;
}

function isString(value: Value): boolean {
  const held = value.kind === 'interface' ? value.target : value;
  return held?.kind === 'string';
}

/** fmt.Sprintln: spaces between all values and a line feed. */
export function sprintln(values: readonly Value[]): string {
  return `${values.map((value) => formatValue(value)).join(' ')}\n`;
}
