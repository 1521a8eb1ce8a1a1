import { goUnquoteRune } from '@wharf/spec';
import type { NumberNode } from './nodes.ts';

const MAX_INT = (1n << 63n) - 1n;
const MIN_INT = -(1n << 63n);
const MAX_UINT = (1n << 64n) - 1n;
const HEX_FLOAT = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?\d+)$/;

/** What a number literal is, or why it is none (Go's message). */
export type ParsedNumber = { readonly node: NumberNode } | { readonly problem: string };

/** Reads a Go number or character literal. Complex numbers are refused: no data of ours has them. */
export function parseNumber(text: string, position: number): ParsedNumber {
  if (text.startsWith("'")) return parseRune(text, position);
  if (text.endsWith('i')) return { problem: `complex numbers are not supported: ${text}` };
  const integer = parseInteger(text);
  if (integer !== undefined && integer >= MIN_INT && integer <= MAX_UINT) {
    const int = integer <= MAX_INT ? integer : undefined;
    const uint = integer >= 0n ? integer : undefined;
    return { node: { type: 'number', position, text, int, uint, float: Number(integer) } };
  }
  const float = parseFloatLiteral(text);
  if (float === undefined) return { problem: `illegal number syntax: ${JSON.stringify(text)}` };
  if (!/[.eEpP]/.test(text)) return { problem: `integer overflow: ${JSON.stringify(text)}` };
  // A float that happens to be whole may stand where an integer is wanted.
  const whole = Number.isInteger(float) && Math.abs(float) < 2 ** 63 ? BigInt(float) : undefined;
  const uint = whole !== undefined && whole >= 0n ? whole : undefined;
  return { node: { type: 'number', position, text, float, int: whole, uint } };
}

function parseRune(text: string, position: number): ParsedNumber {
  const rune = goUnquoteRune(text);
  if (rune === undefined) return { problem: 'invalid syntax' };
  if (rune === 'more') return { problem: `malformed character constant: ${text}` };
  const value = BigInt(rune);
  return { node: { type: 'number', position, text, int: value, uint: value, float: rune } };
}

/** strconv.ParseInt with base 0: prefixes 0x, 0o, 0b, a leading 0 for octal, underscores between digits. */
function parseInteger(text: string): bigint | undefined {
  const match = /^([+-]?)(0[xX]|0[oO]|0[bB]|0(?=[0-9_]))?([0-9a-fA-F_]+)$/.exec(text);
  if (match === null) return undefined;
  const [, sign, prefix = '', digits = ''] = match;
  if (/__|_$/.test(digits) || (digits.startsWith('_') && prefix === '')) return undefined;
  const bare = digits.replaceAll('_', '');
  const kind = prefix === '0' ? 'o' : prefix.slice(1).toLowerCase();
  const allowed = kind === 'x' ? /^[0-9a-fA-F]+$/ : kind === 'o' ? /^[0-7]+$/ : kind === 'b' ? /^[01]+$/ : /^[0-9]+$/;
  if (!allowed.test(bare) || bare.length > 400) return undefined;
  const value = BigInt(kind === '' ? bare : `0${kind}${bare}`);
  return sign === '-' ? -value : value;
}

function parseFloatLiteral(text: string): number | undefined {
  const bare = text.replaceAll('_', '');
  const hex = HEX_FLOAT.exec(bare);
  if (hex !== null) {
    const [, sign, whole = '', fraction = '', exponent = '0'] = hex;
    if (whole + fraction === '') return undefined;
    const value = Number.parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
    return sign === '-' ? -value : value;
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(bare)) return undefined;
  const value = Number(bare);
  return Number.isFinite(value) ? value : undefined;
}
