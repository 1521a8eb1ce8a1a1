import { zeroValue } from './decode.ts';
import { fail } from './errors.ts';
import { ANY, int, JSON_NUMBER, string, UINT8 } from './types.ts';
import { byteLength, type IntegerValue, indirect, type MapValue, unwrapInterface, type Value } from './value.ts';

/** The functions that look into slices, maps and strings: index, slice and len. */

/** `index x 1 "key"`: `x[1]["key"]`. */
export function index(args: readonly Value[]): Value {
  const [first, ...keys] = args;
  let item = first === undefined ? first : unwrapInterface(first);
  if (item === undefined || item.kind === 'invalid') throw fail('TEMPLATE_FUNCTION', 'index of untyped nil');
  for (const key of keys) {
    const held = indirect(item);
    if (held.isNil) throw fail('TEMPLATE_FUNCTION', 'index of nil pointer');
    item = element(held.value, unwrapInterface(key));
  }
  return item;
}

function element(item: Value, key: Value): Value {
  switch (item.kind) {
    case 'slice': {
      const items = item.items ?? [];
      const found = items[position(key, items.length)];
      if (found === undefined) throw fail('TEMPLATE_FUNCTION', 'reflect: slice index out of range');
      return found;
    }
    case 'string': {
      const bytes = Buffer.from(item.value);
      const found = bytes[position(key, bytes.length)];
      if (found === undefined) throw fail('TEMPLATE_FUNCTION', 'reflect: string index out of range');
      return int(found, UINT8);
    }
    case 'map':
      return entry(item, key);
    default:
      throw fail('TEMPLATE_FUNCTION', `can't index item of type ${item.kind === 'invalid' ? '<nil>' : item.type.name}`);
  }
}

function entry(item: MapValue, key: Value): Value {
  if (key.kind === 'invalid') throw fail('TEMPLATE_FUNCTION', 'value is nil; should be of type string');
  if (key.kind !== 'string' || key.type === JSON_NUMBER) {
    throw fail('TEMPLATE_FUNCTION', `value has type ${key.type.name}; should be string`);
  }
  return item.entries?.get(key.value) ?? zeroValue(item.type.elem ?? ANY);
}

/** An index within `[0, limit]`. */
function position(key: Value, limit: number): number {
  if (key.kind === 'invalid') throw fail('TEMPLATE_FUNCTION', 'cannot index slice/array with nil');
  if (key.kind !== 'int' && key.kind !== 'uint') {
    throw fail('TEMPLATE_FUNCTION', `cannot index slice/array with type ${key.type.name}`);
  }
  if (key.value < 0n || key.value > BigInt(limit)) {
    throw fail('TEMPLATE_FUNCTION', `index out of range: ${key.value}`);
  }
  return Number(key.value);
}

/** `slice x 1 2`: `x[1:2]`, in bytes for strings. */
export function slice(args: readonly Value[]): Value {
  const [first, ...bounds] = args;
  const item = first === undefined ? first : unwrapInterface(first);
  if (item === undefined || item.kind === 'invalid') throw fail('TEMPLATE_FUNCTION', 'slice of untyped nil');
  if (bounds.length > 3) throw fail('TEMPLATE_FUNCTION', `too many slice indexes: ${bounds.length}`);
  if (item.kind === 'string') {
    if (bounds.length === 3) throw fail('TEMPLATE_FUNCTION', 'cannot 3-index slice a string');
    const bytes = Buffer.from(item.value);
    const [from, to] = range(bounds, bytes.length);
    return string(bytes.subarray(from, to).toString('utf8'), item.type);
  }
  if (item.kind !== 'slice') throw fail('TEMPLATE_FUNCTION', `can't slice item of type ${item.type.name}`);
  const items = item.items ?? [];
  const [from, to] = range(bounds, items.length);
  return { kind: 'slice', type: item.type, items: items.slice(from, to) };
}

function range(bounds: readonly Value[], length: number): [number, number] {
  const [from = 0, to = length, capacity = length] = bounds.map((bound) => position(bound, length));
  if (from > to) throw fail('TEMPLATE_FUNCTION', `invalid slice index: ${from} > ${to}`);
  if (to > capacity) throw fail('TEMPLATE_FUNCTION', `invalid slice index: ${to} > ${capacity}`);
  return [from, to];
}

/** `len x`: bytes of a string, elements of a slice, entries of a map. */
export function length(value: Value): IntegerValue {
  const held = indirect(value);
  if (held.isNil) throw fail('TEMPLATE_FUNCTION', 'len of nil pointer');
  const item = held.value;
  switch (item.kind) {
    case 'string':
      return int(byteLength(item.value));
    case 'slice':
      return int(item.items?.length ?? 0);
    case 'map':
      return int(item.entries?.size ?? 0);
    case 'invalid':
      throw fail('TEMPLATE_FUNCTION', 'reflect: call of reflect.Value.Type on zero Value');
    default:
      throw fail('TEMPLATE_FUNCTION', `len of type ${item.type.name}`);
  }
}
