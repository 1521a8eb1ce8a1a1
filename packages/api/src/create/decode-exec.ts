/** Checks the bodies of small requests field by field, in the manner of Go's JSON decoder. */
import { fail } from '../errors.ts';

type Check = 'string' | 'bool' | '[]string' | '[2]uint' | 'map[string]string';
type Decoded<C extends Check> = C extends 'string'
  ? string
  : C extends 'bool'
    ? boolean
    : C extends '[]string'
      ? readonly string[]
      : C extends 'map[string]string'
        ? Readonly<Record<string, string>>
        : readonly [number, number];

const MAX_CELLS = 65_535;

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function fits(value: unknown, check: Check): boolean {
  if (check === 'string') return typeof value === 'string';
  if (check === 'bool') return typeof value === 'boolean';
  if (check === 'map[string]string') {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMap && Object.values(value).every((item) => typeof item === 'string');
  }
  if (!Array.isArray(value)) return false;
  if (check === '[]string') return value.every((item) => typeof item === 'string');
  return value.length === 2 && value.every((item) => Number.isInteger(item) && item >= 0 && item <= MAX_CELLS);
}

/**
 * The members that `fields` names, matched without regard to case; null counts as absent, others are ignored. Throws
 * INVALID_JSON in Go's wording.
 */
export function decodeFields<F extends Readonly<Record<string, Check>>>(
  type: string,
  fields: F,
  value: unknown,
): { readonly [K in keyof F]?: Decoded<F[K]> } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fail('INVALID_JSON', `invalid JSON: json: cannot unmarshal ${goKind(value)} into Go value of type ${type}`);
  }
  const names = new Map(Object.keys(fields).map((name) => [name.toLowerCase(), name]));
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const name = names.get(key.toLowerCase());
    const check = name === undefined ? undefined : fields[name];
    if (name === undefined || check === undefined || member === null) continue;
    if (!fits(member, check)) {
      const where = `Go struct field ${type.replace(/^\w+\./, '')}.${name} of type ${check}`;
      throw fail('INVALID_JSON', `invalid JSON: json: cannot unmarshal ${goKind(member)} into ${where}`);
    }
    result[name] = member;
  }
  return result as { readonly [K in keyof F]?: Decoded<F[K]> };
}
