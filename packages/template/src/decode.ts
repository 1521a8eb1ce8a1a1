import { fail } from './errors.ts';
import { type JsonNode, JsonNumber } from './json-parse.ts';
import { ANY, ANY_MAP, ANYS, bool, boxed, float, int, JSON_NUMBER, string } from './types.ts';
import type { GoType, StructValue, Value } from './value.ts';

/** A JSON document decoded without types: objects become `map[string]interface {}`, numbers keep their digits. */
export function untyped(node: JsonNode): Value {
  if (node === null) return boxed(null);
  if (typeof node === 'string') return boxed(string(node));
  if (typeof node === 'boolean') return boxed(bool(node));
  if (node instanceof JsonNumber) return boxed(string(node.text, JSON_NUMBER));
  if (Array.isArray(node)) return boxed({ kind: 'slice', type: ANYS, items: node.map(untyped) });
  const entries = new Map([...node].map(([key, value]) => [key, untyped(value)] as const));
  return boxed({ kind: 'map', type: ANY_MAP, entries });
}

/** The zero value of a type. */
export function zeroValue(type: GoType): Value {
  switch (type.kind) {
    case 'bool':
      return bool(false, type);
    case 'int':
    case 'uint':
      return int(0, type);
    case 'float':
      return float(0, type);
    case 'string':
      return string('', type);
    case 'slice':
      return { kind: 'slice', type, items: null };
    case 'map':
      return { kind: 'map', type, entries: null };
    case 'struct':
      return structOf(type, () => undefined);
    case 'ptr':
    case 'interface':
      return { kind: type.kind, type, target: null };
    default:
      throw fail('TEMPLATE_EXECUTION', `no zero value of type ${type.name}`);
  }
}

/**
 * Decodes a JSON document into a type, as Go's encoding/json does: unknown keys are ignored, absent ones and nulls
 * leave the zero value, keys are matched without regard to case when no exact match is there.
 * @throws JSON_INVALID where the document does not fit the type
 */
export function decode(node: JsonNode | undefined, type: GoType): Value {
  if (node === undefined || node === null) return zeroValue(type);
  switch (type.kind) {
    case 'ptr':
      return { kind: 'ptr', type, target: decode(node, type.elem ?? ANY) };
    case 'interface':
      return { ...untypedFloat(node), type } as Value;
    case 'slice':
      if (!Array.isArray(node)) throw mismatch(node, type);
      return { kind: 'slice', type, items: node.map((item) => decode(item, type.elem ?? ANY)) };
    case 'map':
      return decodeMap(node, type);
    case 'struct':
      if (!(node instanceof Map)) throw mismatch(node, type);
      return structOf(type, (name) => node.get(name) ?? looseKey(node, name));
    default:
      return decodeScalar(node, type);
  }
}

function structOf(type: GoType, lookup: (name: string) => JsonNode | undefined): StructValue {
  const values = new Map<string, Value>();
  for (const field of type.fields ?? []) {
    values.set(field.name, decode(field.json === '-' ? undefined : lookup(field.json), field.type));
  }
  return { kind: 'struct', type, values };
}

function looseKey(node: ReadonlyMap<string, JsonNode>, name: string): JsonNode | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of node) if (key.toLowerCase() === wanted) return value;
  return undefined;
}

function decodeMap(node: JsonNode, type: GoType): Value {
  if (!(node instanceof Map)) throw mismatch(node, type);
  const entries = new Map([...node].map(([key, value]) => [key, decode(value, type.elem ?? ANY)] as const));
  return { kind: 'map', type, entries };
}

function decodeScalar(node: JsonNode, type: GoType): Value {
  if (type.kind === 'bool' && typeof node === 'boolean') return bool(node, type);
  if (type.kind === 'string' && typeof node === 'string') return string(node, type);
  if (node instanceof JsonNumber) {
    if (type.kind === 'float') return float(Number(node.text), type);
    if ((type.kind === 'int' || type.kind === 'uint') && /^-?\d+$/.test(node.text)) return int(BigInt(node.text), type);
  }
  throw mismatch(node, type);
}

/** Inside a typed structure, an `any` holds numbers as floats. */
function untypedFloat(node: JsonNode): Value {
  if (node instanceof JsonNumber) return boxed(float(Number(node.text)));
  if (Array.isArray(node)) return boxed({ kind: 'slice', type: ANYS, items: node.map(untypedFloat) });
  if (node instanceof Map) {
    const entries = new Map([...node].map(([key, value]) => [key, untypedFloat(value)] as const));
    return boxed({ kind: 'map', type: ANY_MAP, entries });
  }
  return untyped(node);
}

function mismatch(node: JsonNode, type: GoType): Error {
  const found =
    typeof node === 'string' ? 'string' : Array.isArray(node) ? 'array' : node instanceof Map ? 'object' : 'number';
  const message = `json: cannot unmarshal ${typeof node === 'boolean' ? 'bool' : found} into Go value of type ${type.name}`;
  return fail('JSON_INVALID', message);
}
