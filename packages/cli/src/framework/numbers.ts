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

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Reads a Go duration ("1h30m", "1.5s", "0") into nanoseconds. */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw fail('FLAG_VALUE', `time: invalid duration ${quoted}`);
  let total = 0;
  while (rest !== '') {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) throw fail('FLAG_VALUE', `time: invalid duration ${quoted}`);
    rest = rest.slice(number.length);
    const unit = /^[^\d.]*/.exec(rest)?.[0] ?? '';
    if (unit === '') throw fail('FLAG_VALUE', `time: missing unit in duration ${quoted}`);
    const factor = UNITS[unit];
    if (factor === undefined) {
      throw fail('FLAG_VALUE', `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    }
    total += Number(number) * factor;
    rest = rest.slice(unit.length);
  }
  return sign * Math.round(total);
}

const SIZE_FACTORS = 'bkmgtpezy';

/** Reads a size in binary units ("512m", "1.5GiB", "64") into bytes. */
export function parseBytes(text: string): number {
  const match = /^([\s\S]*[\d. ])([^\d. ]*)$/.exec(text);
  const number = match?.[1] === undefined ? '' : match[1].trim();
  if (!match || !/^[+-]?(\d+\.?\d*|\.\d+)$/.test(number) || Number(number) < 0) {
    throw fail('FLAG_VALUE', `invalid size: '${text}'`);
  }
  const suffix = (match[2] ?? '').toLowerCase();
  if (suffix === '') return Math.trunc(Number(number));
  const power = SIZE_FACTORS.indexOf(suffix[0] ?? '');
  if (power < 0 || (suffix.length > 1 && (power === 0 || !/^.(i?b)$/.test(suffix)))) {
    throw fail('FLAG_VALUE', `invalid suffix: '${suffix}'`);
  }
  return Math.trunc(Number(number) * 1024 ** power);
}

/** Reads a decimal number of CPUs ("1.5") into billionths of a CPU; at most nine digits behind the point count. */
export function parseCpus(text: string): number {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:\/(\d+))?$/.exec(text);
  if (!match || `${match[2] ?? ''}${match[3] ?? ''}` === '' || match[4] === '0') {
    throw fail('FLAG_VALUE', `failed to parse ${text} as a rational number`);
  }
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > 9) throw fail('FLAG_VALUE', 'value is too precise');
  const nanos = BigInt(`${match[2] ?? ''}${fraction.padEnd(9, '0')}`);
  const divisor = BigInt(match[4] ?? '1');
  if (nanos % divisor !== 0n) throw fail('FLAG_VALUE', 'value is too precise');
  return Number(nanos / divisor) * (match[1] === '-' ? -1 : 1);
}
