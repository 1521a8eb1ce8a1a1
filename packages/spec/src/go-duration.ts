import { fail } from './errors.ts';

const SECOND = 1_000_000_000n;

/** Nanoseconds in each unit of Go's durations. The micro sign exists twice in Unicode. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', SECOND],
  ['m', 60n * SECOND],
  ['h', 3600n * SECOND],
]);

const LIMIT = 1n << 63n;

/**
 * Nanoseconds of a duration as Go writes and reads it: `1h2m3.5s`, `-1.5h`, `300ms`.
 * @throws DURATION_INVALID with Go's message (`time: invalid duration "x"`)
 */
export function parseGoDuration(text: string): bigint {
  const negative = text.startsWith('-');
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0n;
  if (rest === '') throw fail('DURATION_INVALID', `time: invalid duration ${JSON.stringify(text)}`);
  let total = 0n;
  while (rest !== '') {
    const match = /^(\d*)(?:\.(\d*))?([^.\d]*)/.exec(rest);
    const [part = '', whole = '', fraction = '', unit = ''] = match ?? [];
    if (whole === '' && fraction === '')
      throw fail('DURATION_INVALID', `time: invalid duration ${JSON.stringify(text)}`);
    total += amount(text, whole, fraction, unit);
    if (total > LIMIT) throw fail('DURATION_INVALID', `time: invalid duration ${JSON.stringify(text)}`);
    rest = rest.slice(part.length);
  }
  if (!negative && total === LIMIT) throw fail('DURATION_INVALID', `time: invalid duration ${JSON.stringify(text)}`);
  return negative ? -total : total;
}

function amount(text: string, whole: string, fraction: string, unit: string): bigint {
  if (unit === '') throw fail('DURATION_INVALID', `time: missing unit in duration ${JSON.stringify(text)}`);
  const factor = UNITS.get(unit);
  if (factor === undefined) {
    const message = `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
    throw fail('DURATION_INVALID', message);
  }
  const digits = fraction.slice(0, 18);
  const part = digits === '' ? 0n : (BigInt(digits) * factor) / 10n ** BigInt(digits.length);
  return BigInt(whole.slice(0, 40) === '' ? '0' : whole.slice(0, 40)) * factor + part;
}

/** A duration as Go writes it: `1h2m3.5s`, `1.5ms`, `0s`. */
export function formatGoDuration(nanoseconds: bigint): string {
  const negative = nanoseconds < 0n;
  const size = negative ? -nanoseconds : nanoseconds;
  return (negative ? '-' : '') + (size < SECOND ? small(size) : large(size));
}

function small(size: bigint): string {
  if (size === 0n) return '0s';
  if (size < 1_000n) return `${size}ns`;
  return size < 1_000_000n ? `${scaled(size, 3)}\u00b5s` : `${scaled(size, 6)}ms`;
}

function large(size: bigint): string {
  const minutes = size / (60n * SECOND);
  const seconds = `${scaled(size % (60n * SECOND), 9)}s`;
  if (minutes === 0n) return seconds;
  const hours = minutes / 60n;
  return hours === 0n ? `${minutes}m${seconds}` : `${hours}h${minutes % 60n}m${seconds}`;
}

/** `size / 10^places` without trailing zeros. */
function scaled(size: bigint, places: number): string {
  const digits = size.toString().padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/0+$/, '');
  return digits.slice(0, -places) + (fraction === '' ? '' : `.${fraction}`);
}
