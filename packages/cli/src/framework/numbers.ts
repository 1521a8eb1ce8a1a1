import { parseGoDuration, ramInBytes } from '@wharf/spec';
import { fail } from '../errors.ts';

const BOOLEANS: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

/** Reads a switch's value as Docker's client does; refuses anything but its twelve spellings. */
export function parseBool(text: string): boolean {
  const value = BOOLEANS[text];
  if (value === undefined) throw syntax('ParseBool', text);
  return value;
}

function syntax(reader: string, text: string) {
  return fail('FLAG_VALUE', `strconv.${reader}: parsing ${JSON.stringify(text)}: invalid syntax`);
}

const INTEGER = /^([+-]?)(0x[0-9a-f]+|0b[01]+|0o?[0-7]+|0|[1-9]\d*)$/i;
const UNDERSCORES = /^[+-]?(0[xbo]_?)?[0-9a-f]+(_[0-9a-f]+)*$/i;

/** Reads a whole number (decimal, 0x, 0o, 0b, underscores between digits) within [low, high]. */
function parseWhole(text: string, reader: string, low: bigint, high: bigint): number {
  const plain = text.includes('_') && UNDERSCORES.test(text) ? text.replaceAll('_', '') : text;
  const match = INTEGER.exec(plain);
  if (!match?.[2] || (match[1] !== '' && low === 0n)) throw syntax(reader, text);
  const digits = /^0[0-7]+$/.test(match[2]) ? `0o${match[2].slice(1)}` : match[2];
  const value = match[1] === '-' ? -BigInt(digits) : BigInt(digits);
  if (value < low || value > high) {
    throw fail('FLAG_VALUE', `strconv.${reader}: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return Number(value);
}

/** A signed 64-bit number; beyond 2^53 it loses its last digits. */
export const parseInt64 = (text: string): number => parseWhole(text, 'ParseInt', -(1n << 63n), (1n << 63n) - 1n);

/** An unsigned number of the given width. */
export const parseUint = (text: string, bits: number): number =>
  parseWhole(text, 'ParseUint', 0n, (1n << BigInt(bits)) - 1n);

/** Reads a Go duration ("1h30m", "1.5s", "0") into nanoseconds. */
export const parseDuration = (text: string): number => Number(parseGoDuration(text));

/** Reads a size in binary units ("512m", "1.5GiB", "64") into bytes. */
export const parseBytes = (text: string): number => ramInBytes(text);

const WHOLE = /^\d+(?:_\d+)*$/;

/** Reads a non-negative rational number as [numerator, denominator]; undefined for anything else. */
function parseRational(text: string): [bigint, bigint] | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return [BigInt(text), 1n];
  const [over = '', under] = text.split('/', 2);
  if (under !== undefined) {
    return WHOLE.test(over) && WHOLE.test(under) && BigInt(under) !== 0n ? [BigInt(over), BigInt(under)] : undefined;
  }
  const match = /^(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i.exec(/^\d+_/.test(text) ? text.replaceAll('_', '') : text);
  if (!match || `${match[1] ?? ''}${match[2] ?? ''}` === '') return undefined;
  const fraction = match[2] ?? '';
  const scale = BigInt(match[3] ?? '0') - BigInt(fraction.length);
  const digits = BigInt(`${match[1] ?? ''}${fraction}`);
  return scale >= 0n ? [digits * 10n ** scale, 1n] : [digits, 10n ** -scale];
}

/** Reads a number of CPUs ("1.5", "1/4") into billionths of a CPU; finer numbers are refused. */
export function parseCpus(text: string): number {
  const rational = parseRational(text.replace(/^[+-]/, ''));
  if (!rational) throw fail('FLAG_VALUE', `failed to parse ${text} as a rational number`);
  const nanos = rational[0] * 1_000_000_000n;
  if (nanos % rational[1] !== 0n) throw fail('FLAG_VALUE', 'value is too precise');
  return Number(nanos / rational[1]) * (text.startsWith('-') ? -1 : 1);
}
