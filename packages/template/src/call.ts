import { messageOf } from '@wharf/kit';
import { zeroValue } from './decode.ts';
import { type Node, type Operand, write } from './nodes.ts';
import { bool, float, int, REFLECT, string } from './types.ts';
import { type GoFunction, type GoType, isTrue, unwrapInterface, type Value } from './value.ts';

/** A place where a function or method is called: its arguments, unevaluated, and how to evaluate them. */
export interface CallSite {
  readonly name: string;
  readonly args: readonly Operand[];
  /** The value that the pipeline hands in as the last argument. */
  readonly final: Value | undefined;
  /** The node that error messages of the function itself point at. */
  readonly whole: Node;
  evaluate(operand: Operand): Value;
  /** Moves the place that error messages point at. */
  at(node: Node): void;
  error(message: string, cause?: unknown): Error;
}

/** Calls a function with arguments of the types it wants, in the manner of text/template. */
export function callFunction(fn: GoFunction, site: CallSite): Value {
  const count = site.args.length + (site.final === undefined ? 0 : 1);
  const fixed = fn.variadic === true ? fn.params.length - 1 : fn.params.length;
  if (fn.variadic === true && count < fixed) {
    throw site.error(`wrong number of args for ${site.name}: want at least ${fixed} got ${site.args.length}`);
  }
  if (fn.variadic !== true && count !== fixed) {
    throw site.error(`wrong number of args for ${site.name}: want ${fixed} got ${count}`);
  }
  if (fn.shortCircuit !== undefined) return decide(fn.shortCircuit, site);
  const args = site.args.map((arg, index) => argument(site, paramOf(fn, index), arg));
  if (site.final !== undefined) args.push(fit(site, paramOf(fn, args.length), site.final));
  try {
    return fn.call(args);
  } catch (cause) {
    site.at(site.whole);
    throw site.error(`error calling ${site.name}: ${messageOf(cause)}`, cause);
  }
}

function paramOf(fn: GoFunction, index: number): GoType {
  return fn.params[Math.min(index, fn.params.length - 1)] ?? REFLECT;
}

/** `and` and `or`: the first argument that decides, else the last. */
function decide(kind: 'and' | 'or', site: CallSite): Value {
  let value: Value | undefined;
  for (const arg of site.args) {
    value = site.evaluate(arg);
    if (isTrue(unwrapInterface(value)) === (kind === 'or')) return value;
  }
  return site.final ?? value ?? bool(false);
}

function argument(site: CallSite, type: GoType, node: Operand): Value {
  site.at(node);
  if (node.type === 'nil') {
    if (type === REFLECT) return { kind: 'invalid' };
    if (!canBeNil(type)) throw site.error(`cannot assign nil to ${type.name}`);
    return zeroValue(type);
  }
  if (node.type !== 'bool' && node.type !== 'number' && node.type !== 'string') {
    return fit(site, type, site.evaluate(node));
  }
  return literal(site, type, node);
}

/** A literal takes the type of the parameter. */
function literal(site: CallSite, type: GoType, node: Operand): Value {
  switch (type.kind) {
    case 'interface':
      return site.evaluate(node);
    case 'string':
      if (node.type === 'string') return string(node.text, type);
      throw site.error(`expected string; found ${write(node)}`);
    case 'int':
      if (node.type === 'number' && node.int !== undefined) return int(node.int, type);
      throw site.error(`expected integer; found ${write(node)}`);
    case 'float':
      if (node.type === 'number' && node.float !== undefined) return float(node.float, type);
      throw site.error(`expected float; found ${write(node)}`);
    case 'bool':
      if (node.type === 'bool') return bool(node.text === 'true', type);
      throw site.error(`expected bool; found ${write(node)}`);
    default:
      throw site.error(`can't handle ${write(node)} for arg of type ${type.name}`);
  }
}

function canBeNil(type: GoType): boolean {
  return ['interface', 'map', 'ptr', 'slice', 'func'].includes(type.kind);
}

/** The value as an argument of the type: as it is, or taken out of an interface or from behind a pointer. */
function fit(site: CallSite, type: GoType, value: Value): Value {
  if (type === REFLECT) return value;
  if (value.kind === 'invalid') {
    if (canBeNil(type)) return zeroValue(type);
    throw site.error(`invalid value; expected ${type.name}`);
  }
  if (assignable(value.type, type)) return value;
  let held: Value = value;
  if (held.kind === 'interface' && held.target !== null) {
    held = held.target;
    if (held.kind !== 'invalid' && assignable(held.type, type)) return held;
  }
  if (held.kind === 'ptr' && held.type.elem !== undefined && assignable(held.type.elem, type)) {
    if (held.target === null) throw site.error(`dereference of nil pointer of type ${type.name}`);
    return held.target;
  }
  const got = held.kind === 'invalid' ? '<nil>' : held.type.name;
  throw site.error(`wrong type for value; expected ${type.name}; got ${got}`);
}

function assignable(from: GoType, to: GoType): boolean {
  if (to.kind === 'interface' || from.name === to.name) return true;
  // A defined slice or map type and the literal type it stands for are assignable to each other.
  const unnamed = from.underlying === undefined || to.underlying === undefined;
  return unnamed && from.kind === to.kind && (from.underlying ?? from.name) === (to.underlying ?? to.name);
}
