import type { BoolValue, FloatValue, GoType, IntegerValue, SliceValue, StringValue, Value } from './value.ts';

/** Go's predeclared types, as far as templates meet them, and the makers of their values. */
export const BOOL: GoType = { name: 'bool', kind: 'bool' };
export const INT: GoType = { name: 'int', kind: 'int' };
export const INT32: GoType = { name: 'int32', kind: 'int' };
export const UINT8: GoType = { name: 'uint8', kind: 'uint' };
export const FLOAT64: GoType = { name: 'float64', kind: 'float' };
export const STRING: GoType = { name: 'string', kind: 'string' };
/** A number of a JSON document that was decoded without types: its text is kept, so nothing is rounded. */
export const JSON_NUMBER: GoType = { name: 'json.Number', kind: 'string' };
/** `any`. */
export const ANY: GoType = { name: 'interface {}', kind: 'interface' };
/** A parameter that takes any argument as it is, without turning an interface into what it holds. */
export const REFLECT: GoType = { name: 'reflect.Value', kind: 'interface' };
export const STRINGS: GoType = { name: '[]string', kind: 'slice', elem: STRING };
export const ANYS: GoType = { name: '[]interface {}', kind: 'slice', elem: ANY };
export const ANY_MAP: GoType = { name: 'map[string]interface {}', kind: 'map', elem: ANY };
export const STRING_MAP: GoType = { name: 'map[string]string', kind: 'map', elem: STRING };
export const FUNC: GoType = { name: 'func()', kind: 'func' };

export function string(value: string, type: GoType = STRING): StringValue {
  return { kind: 'string', type, value };
}

export function bool(value: boolean, type: GoType = BOOL): BoolValue {
  return { kind: 'bool', type, value };
}

export function int(value: bigint | number, type: GoType = INT): IntegerValue {
  return { kind: type.kind === 'uint' ? 'uint' : 'int', type, value: BigInt(value) };
}

export function float(value: number, type: GoType = FLOAT64): FloatValue {
  return { kind: 'float', type, value };
}

export function strings(values: readonly string[] | null): SliceValue {
  return { kind: 'slice', type: STRINGS, items: values === null ? null : values.map((value) => string(value)) };
}

/** A map of texts; Go prints and walks maps in key order, which is done where they are printed. */
export function stringMap(values: Readonly<Record<string, string>> | null): Value {
  const entries = values === null ? null : new Map(Object.entries(values).map(([key, text]) => [key, string(text)]));
  return { kind: 'map', type: STRING_MAP, entries };
}

/** The value in an `any`. */
export function boxed(value: Value | null): Value {
  return { kind: 'interface', type: ANY, target: value === null || value.kind === 'invalid' ? null : value };
}

/** A pointer to the type. */
export function pointerTo(elem: GoType): GoType {
  return { name: `*${elem.name}`, kind: 'ptr', elem };
}
