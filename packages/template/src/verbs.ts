import { describeRune, formatFloat, goQuote } from '@wharf/spec';
import { ownText, sortedEntries } from './print.ts';
import { type IntegerValue, indirect, type Value } from './value.ts';

/** One printf directive. */
export interface Spec {
  readonly plus: boolean;
  /** `%+v`: names of struct fields. Numbers get no sign by it. */
  readonly names: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly verb: string;
}

/** Prints one value by one directive; a verb that does not fit the value prints Go's complaint. */
export function formatVerb(spec: Spec, value: Value, depth = 0): string {
  if (spec.verb === 'T') return pad(spec, value.kind === 'invalid' ? '<nil>' : value.type.name);
  if (value.kind === 'invalid') return spec.verb === 'v' ? pad(spec, '<nil>') : `%!${spec.verb}(<nil>)`;
  const text = ownText(value);
  if (text !== undefined && 'vsxXq'.includes(spec.verb)) return formatText(spec, text) ?? '';
  switch (value.kind) {
    case 'bool':
      return 'vt'.includes(spec.verb) ? pad(spec, String(value.value)) : mismatch(spec, value);
    case 'int':
    case 'uint':
      return formatInteger(spec, value) ?? mismatch(spec, value);
    case 'float':
      return formatReal(spec, value.value) ?? mismatch(spec, value);
    case 'string':
      return formatText(spec, value.value) ?? mismatch(spec, value);
    default:
      return formatComposite(spec, value, depth);
  }
}

function mismatch(spec: Spec, value: Value): string {
  return `%!${spec.verb}(${value.kind === 'invalid' ? '<nil>' : `${value.type.name}=${formatVerb({ ...spec, verb: 'v' }, value)}`})`;
}

/** Widens to the width, counted in characters. */
function pad(spec: Spec, text: string): string {
  const missing = (spec.width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  if (spec.minus) return text + ' '.repeat(missing);
  return (spec.zero ? '0' : ' ').repeat(missing) + text;
}

/** Zeros go between the sign and the digits. */
function padNumber(spec: Spec, sign: string, digits: string): string {
  if (!spec.zero || spec.width === undefined) return pad({ ...spec, zero: false }, sign + digits);
  return sign + digits.padStart(spec.width - sign.length, '0');
}

function signOf(spec: Spec, negative: boolean): string {
  if (negative) return '-';
  return spec.plus ? '+' : spec.space ? ' ' : '';
}

function formatText(spec: Spec, text: string): string | undefined {
  const cut = spec.precision === undefined ? text : [...text].slice(0, spec.precision).join('');
  switch (spec.verb) {
    case 'v':
      return spec.sharp ? pad(spec, goQuote(cut)) : pad(spec, cut);
    case 's':
      return pad(spec, cut);
    case 'q':
      return pad(spec, spec.sharp && !cut.includes('`') ? `\`${cut}\`` : goQuote(cut, '"', spec.plus));
    case 'x':
    case 'X':
      return pad(spec, hexText(spec, text));
    default:
      return undefined;
  }
}

function hexText(spec: Spec, text: string): string {
  const bytes = Buffer.from(text);
  const used = spec.precision === undefined ? bytes : bytes.subarray(0, spec.precision);
  const separated = spec.space ? (used.toString('hex').match(/../g) ?? []) : [used.toString('hex')];
  const prefixed = separated.map((part) => (spec.sharp && part !== '' ? `0x${part}` : part)).join(' ');
  return spec.verb === 'X' ? prefixed.toUpperCase() : prefixed;
}

const RADIX: Readonly<Record<string, { base: number; prefix: string }>> = {
  b: { base: 2, prefix: '0b' },
  o: { base: 8, prefix: '0' },
  O: { base: 8, prefix: '0o' },
  x: { base: 16, prefix: '0x' },
  X: { base: 16, prefix: '0X' },
};

function formatInteger(spec: Spec, value: IntegerValue): string | undefined {
  const negative = value.value < 0n;
  const size = negative ? -value.value : value.value;
  const sign = signOf(spec, negative);
  const minimum = (digits: string): string => digits.padStart(spec.precision ?? 0, '0');
  const loose = spec.precision === undefined ? spec : { ...spec, zero: false };
  const radix = RADIX[spec.verb];
  if (radix !== undefined) {
    const digits = minimum(size.toString(radix.base));
    const prefix = spec.sharp || spec.verb === 'O' ? radix.prefix : '';
    return padNumber(loose, sign + prefix, spec.verb === 'X' ? digits.toUpperCase() : digits);
  }
  if (spec.verb === 'd' || spec.verb === 'v') {
    if (spec.verb === 'v' && spec.sharp && value.kind === 'uint') return pad(spec, `0x${size.toString(16)}`);
    return padNumber(loose, sign, minimum(size.toString()));
  }
  return formatRune(spec, value.value);
}

function formatRune(spec: Spec, value: bigint): string | undefined {
  const valid = value >= 0n && value <= 0x10ffffn;
  const char = String.fromCodePoint(valid ? Number(value) : 0xfffd);
  if (spec.verb === 'c') return pad(spec, char);
  if (spec.verb === 'q') return pad(spec, goQuote(char, "'", spec.plus));
  if (spec.verb !== 'U') return undefined;
  return pad(spec, spec.sharp ? describeRune(char) : `U+${value.toString(16).toUpperCase().padStart(4, '0')}`);
}

function formatReal(spec: Spec, value: number): string | undefined {
  const form = spec.verb === 'v' ? 'g' : spec.verb.toLowerCase();
  if (form !== 'e' && form !== 'f' && form !== 'g') return undefined;
  const upper = spec.verb !== form && spec.verb !== 'v';
  const digits = formatFloat(value, form, spec.precision ?? (form === 'g' ? undefined : 6));
  const negative = digits.startsWith('-');
  const bare = digits.replace(/^[+-]/, '');
  return padNumber(spec, signOf(spec, negative), upper ? bare.toUpperCase() : bare);
}

/** Slices, maps, structs and pointers: each element by the same directive. */
function formatComposite(spec: Spec, value: Value, depth: number): string {
  switch (value.kind) {
    case 'slice': {
      const items = (value.items ?? []).map((item) => formatElement(spec, item, depth));
      return `[${items.join(' ')}]`;
    }
    case 'map': {
      const entries = sortedEntries(value.entries ?? new Map<string, Value>());
      const parts = entries.map(
        ([key, entry]) =>
          `${formatText(spec, key) ?? `%!${spec.verb}(string=${key})`}:${formatElement(spec, entry, depth)}`,
      );
      return `map[${parts.join(' ')}]`;
    }
    case 'struct': {
      const parts = [...value.values].map(([name, field]) => {
        const text = formatElement(spec, field, depth);
        return spec.names ? `${name}:${text}` : text;
      });
      return `{${parts.join(' ')}}`;
    }
    default:
      return formatReference(spec, value, depth);
  }
}

function formatElement(spec: Spec, value: Value, depth: number): string {
  if (value.kind !== 'interface') return formatVerb(spec, value, depth + 1);
  return value.target === null ? '<nil>' : formatVerb(spec, value.target, depth + 1);
}

function formatReference(spec: Spec, value: Value, depth: number): string {
  const held = indirect(value);
  if (held.isNil) return spec.verb === 'v' ? pad(spec, '<nil>') : `%!${spec.verb}(${mismatchType(value)}=<nil>)`;
  if (depth === 0 && value.kind === 'ptr') return `&${formatVerb(spec, held.value, depth + 1)}`;
  return formatVerb(spec, held.value, depth + 1);
}

function mismatchType(value: Value): string {
  return value.kind === 'invalid' ? '<nil>' : value.type.name;
}
