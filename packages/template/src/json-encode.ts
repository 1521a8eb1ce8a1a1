import { sortedEntries } from './print.ts';
import { JSON_NUMBER } from './types.ts';
import { isTrue, type StructValue, type Value } from './value.ts';

/**
 * The value as Go's encoding/json writes it: structs in field order without what is omitted when empty, maps by key.
 * `escapeHtml` writes `<`, `>` and `&` as escapes, as Go does unless told otherwise. `ordered` keeps the order of maps
 * that came from a JSON document.
 */
export function encodeJson(value: Value, escapeHtml = false): string {
  switch (value.kind) {
    case 'invalid':
      return 'null';
    case 'bool':
    case 'int':
    case 'uint':
      return String(value.value);
    case 'float':
      return Number.isFinite(value.value) ? JSON.stringify(value.value) : 'null';
    case 'string':
      return value.type === JSON_NUMBER ? value.value : encodeJsonText(value.value, escapeHtml);
    case 'slice':
      return value.items === null ? 'null' : `[${value.items.map((item) => encodeJson(item, escapeHtml)).join(',')}]`;
    case 'map':
      return value.entries === null ? 'null' : encodeMap(value.entries, escapeHtml);
    case 'struct':
      return encodeStruct(value, escapeHtml);
    case 'ptr':
    case 'interface':
      return value.target === null ? 'null' : encodeJson(value.target, escapeHtml);
    default:
      return 'null';
  }
}

/** A JSON string literal. Line and paragraph separators are always escaped, for JavaScript's sake. */
export function encodeJsonText(text: string, escapeHtml = false): string {
  const plain = JSON.stringify(text.toWellFormed()).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  if (!escapeHtml) return plain;
  return plain.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');
}

function encodeMap(entries: ReadonlyMap<string, Value>, escapeHtml: boolean): string {
  const parts = sortedEntries(entries).map(
    ([key, value]) => `${encodeJsonText(key, escapeHtml)}:${encodeJson(value, escapeHtml)}`,
  );
  return `{${parts.join(',')}}`;
}

function encodeStruct(value: StructValue, escapeHtml: boolean): string {
  if (value.json !== undefined) return value.json();
  const parts: string[] = [];
  for (const field of value.type.fields ?? []) {
    const held = value.values.get(field.name);
    if (held === undefined || field.json === '-' || (field.omitEmpty && isEmpty(held))) continue;
    parts.push(`${encodeJsonText(field.json, escapeHtml)}:${encodeJson(held, escapeHtml)}`);
  }
  return `{${parts.join(',')}}`;
}

/** What `omitempty` omits; structs are never empty. */
function isEmpty(value: Value): boolean {
  return value.kind !== 'struct' && !isTrue(value);
}
