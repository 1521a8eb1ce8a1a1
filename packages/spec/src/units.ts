import { fail } from './errors.ts';
import { formatFloat } from './go-float.ts';

/** Sizes and durations in the words of Docker's go-units. */

const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'] as const;
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'] as const;
const POWERS: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5 };
const MAX_INT64 = 2 ** 63;

function scale(size: number, base: number, names: readonly string[], precision: number): string {
  let value = size;
  let power = 0;
  while (value >= base && power < names.length - 1) {
    value /= base;
    power++;
  }
  return formatFloat(value, 'g', precision) + (names[power] ?? '');
}

/** A number of bytes in powers of 1000 with four significant digits: `1.235MB`. */
export function humanSize(bytes: number): string {
  return scale(bytes, 1000, DECIMAL, 4);
}

/** A number of bytes in powers of 1000 with `precision` significant digits: `1.23MB`. */
export function humanSizeWithPrecision(bytes: number, precision: number): string {
  return scale(bytes, 1000, DECIMAL, precision);
}

/** A number of bytes in powers of 1024 with four significant digits: `1.5GiB`. */
export function bytesSize(bytes: number): string {
  return scale(bytes, 1024, BINARY, 4);
}

/**
 * Bytes of a size in powers of 1024 (`512m`, `1.5 GiB`, `42`), fractions cut off.
 * @throws SIZE_INVALID with go-units' message
 */
export function ramInBytes(text: string): number {
  return parseSize(text, 1024);
}

/** Bytes of a size in powers of 1000 (`44kB`). @throws SIZE_INVALID */
export function fromHumanSize(text: string): number {
  return parseSize(text, 1000);
}

function parseSize(text: string, base: number): number {
  const last = Math.max(...[...'0123456789. '].map((char) => text.lastIndexOf(char)));
  if (last < 0) throw fail('SIZE_INVALID', `invalid size: '${text}'`);
  const number = text.slice(0, text[last] === ' ' ? last : last + 1);
  const suffix = text.slice(last + 1);
  const value = parseNumber(number);
  if (value < 0) throw fail('SIZE_INVALID', `invalid size: '${text}'`);
  return whole(value * factor(suffix, base));
}

/** strconv.ParseFloat for what may stand in a size. */
function parseNumber(text: string): number {
  const hex = /^([+-]?)0[xX]/.test(text);
  const plain = text.replaceAll(/(?<=\d)_(?=\d)/g, '');
  if (!hex && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) {
    const value = Number(plain);
    if (Number.isFinite(value)) return value;
    throw fail('SIZE_INVALID', `strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range`);
  }
  throw fail('SIZE_INVALID', `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function factor(suffix: string, base: number): number {
  if (suffix === '') return 1;
  // A suffix that is too long is reported as it was written, others in lower case.
  if (suffix.length > 3) throw fail('SIZE_INVALID', `invalid suffix: '${suffix}'`);
  const lower = suffix.toLowerCase();
  if (lower === 'b') return 1;
  const power = POWERS[lower[0] ?? ''];
  if (power === undefined || !['', 'b', 'ib'].includes(lower.slice(1))) {
    throw fail('SIZE_INVALID', `invalid suffix: '${lower}'`);
  }
  return base ** power;
}

/** Go's conversion to int64, which has no room for more. */
function whole(value: number): number {
  return value >= MAX_INT64 ? -MAX_INT64 : Math.trunc(value);
}

/** About how long a time is: `2 minutes`, `About an hour`, `3 weeks`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(milliseconds / 60_000);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.trunc(milliseconds / 3_600_000 + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(Math.trunc(milliseconds / 3_600_000) / 24 / 365)} years`;
}
