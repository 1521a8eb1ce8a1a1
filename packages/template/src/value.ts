/**
 * The values a template works on. Go templates behave by Go's types (a pointer prints differently from a map, a
 * `uint16` compares differently from a string), so each value carries a small description of its Go type.
 */

/** The kinds of Go types that data for templates can have. */
export type Kind =
  | 'bool'
  | 'int'
  | 'uint'
  | 'float'
  | 'string'
  | 'slice'
  | 'map'
  | 'struct'
  | 'ptr'
  | 'interface'
  | 'func';

/** One field of a struct type: its Go name, its name in JSON, and whether JSON leaves it out when empty. */
export interface Field {
  readonly name: string;
  readonly json: string;
  readonly omitEmpty: boolean;
  readonly type: GoType;
}

/** A Go type. `name` is what `%T` prints. Two types are the same when their names are. */
export interface GoType {
  readonly name: string;
  readonly kind: Kind;
  /** Of what a slice, map or pointer is made. */
  readonly elem?: GoType;
  /** Of a struct, in declaration order. */
  readonly fields?: readonly Field[];
  /** For a defined slice or map type: the name of the literal type it stands for. */
  readonly underlying?: string;
  /** The type's String method, which every printing verb for text uses. */
  readonly text?: (value: Value) => string;
}

/** A function or bound method. The arguments it receives fit `params`; the last repeats when `variadic`. */
export interface GoFunction {
  readonly params: readonly GoType[];
  readonly variadic?: boolean;
  /** `and` and `or` stop at the argument that decides; the evaluator runs them itself. */
  readonly shortCircuit?: 'and' | 'or';
  call(args: readonly Value[]): Value;
}

/** Go's zero reflect.Value: what a missing map key or an unwrapped nil interface yields. */
export interface InvalidValue {
  readonly kind: 'invalid';
}

export interface BoolValue {
  readonly kind: 'bool';
  readonly type: GoType;
  readonly value: boolean;
}

export interface IntegerValue {
  readonly kind: 'int' | 'uint';
  readonly type: GoType;
  readonly value: bigint;
}

export interface FloatValue {
  readonly kind: 'float';
  readonly type: GoType;
  readonly value: number;
}

export interface StringValue {
  readonly kind: 'string';
  readonly type: GoType;
  readonly value: string;
}

export interface SliceValue {
  readonly kind: 'slice';
  readonly type: GoType;
  readonly items: readonly Value[] | null;
}

export interface MapValue {
  readonly kind: 'map';
  readonly type: GoType;
  readonly entries: ReadonlyMap<string, Value> | null;
  readonly methods?: ReadonlyMap<string, GoFunction>;
}

export interface StructValue {
  readonly kind: 'struct';
  readonly type: GoType;
  readonly values: ReadonlyMap<string, Value>;
  /** Methods, which take precedence over fields. */
  readonly methods?: ReadonlyMap<string, GoFunction>;
  /** The type's MarshalJSON method: already encoded JSON. */
  readonly json?: () => string;
}

export interface PointerValue {
  readonly kind: 'ptr' | 'interface';
  readonly type: GoType;
  readonly target: Value | null;
}

export interface FunctionValue {
  readonly kind: 'func';
  readonly type: GoType;
  readonly fn: GoFunction;
}

export type Value =
  | InvalidValue
  | BoolValue
  | IntegerValue
  | FloatValue
  | StringValue
  | SliceValue
  | MapValue
  | StructValue
  | PointerValue
  | FunctionValue;

/** The name of a value's type, or `<nil>` where there is none. */
export function typeName(value: Value): string {
  return value.kind === 'invalid' ? '<nil>' : value.type.name;
}

/** Follows pointers and interfaces to what they hold. `isNil` is set when one of them holds nothing. */
export function indirect(value: Value): { value: Value; isNil: boolean } {
  let current = value;
  while (current.kind === 'ptr' || current.kind === 'interface') {
    if (current.target === null) return { value: current, isNil: true };
    current = current.target;
  }
  return { value: current, isNil: false };
}

/** Forgets that a value was held by an interface. A nil interface becomes the invalid value. */
export function unwrapInterface(value: Value): Value {
  if (value.kind !== 'interface') return value;
  return value.target ?? INVALID;
}

/** Whether `if`, `and`, `or`, `not` and `with` take the value for true: it is not its type's zero value. */
export function isTrue(value: Value): boolean {
  switch (value.kind) {
    case 'invalid':
      return false;
    case 'bool':
      return value.value;
    case 'int':
    case 'uint':
      return value.value !== 0n;
    case 'float':
      return value.value !== 0;
    case 'string':
      return value.value.length > 0;
    case 'slice':
      return (value.items?.length ?? 0) > 0;
    case 'map':
      return (value.entries?.size ?? 0) > 0;
    case 'ptr':
    case 'interface':
      return value.target !== null;
    default:
      return true;
  }
}

/** The length in bytes of a string as Go holds it (UTF-8). */
export function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

export const INVALID: InvalidValue = { kind: 'invalid' };
