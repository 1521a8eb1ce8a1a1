import { fail } from './errors.ts';
import { compareText } from './print.ts';
import { sprintf } from './printf.ts';
import { typeName, unwrapInterface, type Value } from './value.ts';

type Class = 'invalid' | 'bool' | 'int' | 'float' | 'string';

/** The class within which Go's template functions compare. Signed and unsigned integers compare by their values. */
function classOf(value: Value): Class {
  switch (value.kind) {
    case 'bool':
    case 'float':
    case 'string':
      return value.kind;
    case 'int':
    case 'uint':
      return 'int';
    default:
      return 'invalid';
  }
}

function isNil(value: Value): boolean {
  switch (value.kind) {
    case 'invalid':
      return true;
    case 'slice':
      return value.items === null;
    case 'map':
      return value.entries === null;
    case 'ptr':
    case 'interface':
      return value.target === null;
    default:
      return false;
  }
}

/** `eq`: whether the first equals any of the others. */
export function equalsAny(args: readonly Value[]): boolean {
  const [first, ...others] = args.map(unwrapInterface);
  if (first === undefined || others.length === 0) {
    throw fail('TEMPLATE_FUNCTION', 'missing argument for comparison');
  }
  return others.some((other) => equals(first, other));
}

function equals(a: Value, b: Value): boolean {
  const kind = classOf(a);
  if (kind !== classOf(b)) {
    if (a.kind !== 'invalid' && b.kind !== 'invalid') throw incompatible();
    return false;
  }
  if (kind !== 'invalid') return 'value' in a && 'value' in b && a.value === b.value;
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  if (a.kind !== b.kind) {
    const [left, right] = [`${sprintf('%s', [a])}: ${typeName(a)}`, `${typeName(b)}: ${sprintf('%v', [b])}`];
    throw fail('TEMPLATE_FUNCTION', `non-comparable types ${left}, ${right}`);
  }
  if (a.kind === 'slice' || a.kind === 'map' || a.kind === 'func') {
    throw fail('TEMPLATE_FUNCTION', `non-comparable type ${sprintf('%s', [b])}: ${typeName(b)}`);
  }
  return a === b;
}

function incompatible(): Error {
  return fail('TEMPLATE_FUNCTION', 'incompatible types for comparison');
}

/** `lt`: whether `a` is less than `b`. */
export function less(first: Value, second: Value): boolean {
  const a = unwrapInterface(first);
  const b = unwrapInterface(second);
  const kind = classOf(a);
  const invalid = kind === 'invalid' || classOf(b) === 'invalid';
  if (invalid) throw fail('TEMPLATE_FUNCTION', 'invalid type for comparison');
  if (kind !== classOf(b)) throw incompatible();
  if (a.kind === 'string' && b.kind === 'string') return compareText(a.value, b.value) < 0;
  if (kind === 'bool' || !('value' in a) || !('value' in b)) {
    throw fail('TEMPLATE_FUNCTION', 'invalid type for comparison');
  }
  return a.value < b.value;
}
