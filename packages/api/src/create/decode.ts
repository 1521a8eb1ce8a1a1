/** Checks a create body field by field against the table of types, in the manner of Go's JSON decoder. */
import { fail } from '../errors.ts';
import { CREATE_SCHEMA } from './create-schema.gen.ts';
import { GO_TYPES } from './go-types.ts';
import { WHARF_SCHEMA } from './wharf-schema.ts';

const SCHEMA: Readonly<Record<string, Readonly<Record<string, string>>>> = { ...CREATE_SCHEMA, ...WHARF_SCHEMA };

/** Field names by their lower-case form, as Go matches them; one map per object type. */
const FIELDS: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries(SCHEMA).map(([type, fields]) => [
    type,
    new Map(Object.keys(fields).map((field) => [field.toLowerCase(), field])),
  ]),
);

/** Inclusive bounds of Go's integer types. */
const INTEGERS: Readonly<Record<string, readonly [number, number]>> = {
  int: [-(2 ** 63), 2 ** 63],
  int64: [-(2 ** 63), 2 ** 63],
  uint: [0, 2 ** 64],
  uint16: [0, 65_535],
  uint32: [0, 2 ** 32 - 1],
};

function goType(word: string): string {
  if (word === 'strslice') return '[]string';
  if (word === 'empty') return 'struct {}';
  if (word.startsWith('@')) return word.slice(1);
  if (word.startsWith('[]')) return `[]${goType(word.slice(2))}`;
  if (word.startsWith('map:')) return `map[string]${goType(word.slice(4))}`;
  return word;
}

function kindOf(value: unknown, word: string): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' && word in INTEGERS) return `number ${value}`;
  return typeof value;
}

function mismatch(value: unknown, word: string, path: string): Error {
  const where = path === '' ? 'value' : `struct field CreateRequest.${path}`;
  const type = path === '' ? 'container.CreateRequest' : (GO_TYPES[`${path} ${word}`] ?? goType(word));
  return fail(
    'INVALID_JSON',
    `invalid JSON: json: cannot unmarshal ${kindOf(value, word)} into Go ${where} of type ${type}`,
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeScalar(word: string, value: unknown, path: string): unknown {
  const range = INTEGERS[word];
  if (range !== undefined) {
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= range[0] && value <= range[1];
    if (!fits) throw mismatch(value, word, path);
    return value;
  }
  const wanted = { string: 'string', bool: 'boolean', float64: 'number' }[word];
  if (typeof value !== wanted) throw mismatch(value, word, path);
  return value;
}

/** One value of type `word`; null stands for "not given", at any place, as in Go. */
function decodeValue(word: string, value: unknown, path: string): unknown {
  if (value === null || value === undefined) return undefined;
  // Docker takes a plain string for a command of one word.
  if (word === 'strslice') {
    if (typeof value === 'string') return [value];
    if (Array.isArray(value) && value.every((item) => item === null || typeof item === 'string')) {
      return value.map((item) => item ?? '');
    }
    // The type reads itself in Docker's engine, which then does not know where it is.
    const kind = Array.isArray(value) ? 'array' : kindOf(value, word);
    throw fail('INVALID_JSON', `invalid JSON: json: cannot unmarshal ${kind} into Go value of type string`);
  }
  if (word.startsWith('[]')) {
    if (!Array.isArray(value)) throw mismatch(value, word, path);
    const zero = word === '[]string' ? '' : {};
    return value.map((item) => decodeValue(word.slice(2), item, path) ?? zero);
  }
  if (word.startsWith('@')) return decodeObject(word.slice(1), value, path);
  if (word === 'empty' || word.startsWith('map:')) {
    if (!isRecord(value)) throw mismatch(value, word, path);
    if (word === 'empty') return {};
    const inner = word.slice(4);
    const zero = inner === 'string' ? '' : inner.startsWith('[]') ? [] : {};
    const entries = Object.entries(value).map(([key, item]) => [key, decodeValue(inner, item, path) ?? zero]);
    return Object.fromEntries(entries);
  }
  return decodeScalar(word, value, path);
}

/**
 * An object of one type of the table: unknown members are ignored (those of Wharf's own types refused), null members
 * left out, names matched without regard to case. Throws INVALID_JSON in Go's wording.
 */
export function decodeObject(type: string, value: unknown, path = ''): Record<string, unknown> {
  if (!isRecord(value)) throw mismatch(value, `@${type}`, path);
  const names = FIELDS.get(type);
  const words = SCHEMA[type] ?? {};
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const field = names?.get(key.toLowerCase());
    const word = field === undefined ? undefined : words[field];
    if (field === undefined || word === undefined) {
      if (!Object.hasOwn(WHARF_SCHEMA, type)) continue;
      throw fail('INVALID_JSON', `invalid JSON: json: unknown field ${JSON.stringify(`${path}.${key}`)}`);
    }
    const decoded = decodeValue(word, member, path === '' ? field : `${path}.${field}`);
    if (decoded !== undefined) result[field] = decoded;
  }
  return result;
}
