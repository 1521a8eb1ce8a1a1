/** Floating point numbers in the texts of Go's strconv and fmt. */

/** The form of a number: with exponent, fixed, or whichever suits its size (`%e`, `%f`, `%g`). */
export type FloatForm = 'e' | 'f' | 'g';

/** A positive number as decimal digits without trailing zeros: `0.d1d2d3… × 10^point`. Zero has no digits. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/**
 * A number as Go writes it. `precision` counts digits after the point for `e` and `f`, significant digits for `g`;
 * without it as many digits are written as tell the number apart from its neighbours. Exact ties round to even.
 */
export function formatFloat(value: number, form: FloatForm, precision?: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const negative = value < 0 || Object.is(value, -0);
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return negative ? '-Inf' : '+Inf';
  const sign = negative ? '-' : '';
  if (form === 'g') return sign + general(size, precision);
  if (form === 'f') return sign + fixedForm(size, precision);
  return sign + exponential(decimal(size, precision === undefined ? undefined : precision + 1), precision);
}

function general(size: number, precision: number | undefined): string {
  const wanted = precision === undefined ? undefined : Math.max(1, precision);
  const number = decimal(size, wanted);
  const count = number.digits.length;
  let limit = 6;
  if (wanted !== undefined) limit = wanted > count && count >= number.point ? count : wanted;
  const exponent = number.point - 1;
  if (size !== 0 && (exponent < -4 || exponent >= limit)) return exponential(number, count - 1);
  return fixed(number, Math.max(0, count - number.point));
}

function fixedForm(size: number, precision: number | undefined): string {
  const shortest = decimal(size, undefined);
  if (precision === undefined) return fixed(shortest, Math.max(0, shortest.digits.length - shortest.point));
  return fixed(decimal(size, decimal(size, EXACT).point + precision), precision);
}

function exponential(number: Decimal, precision = Math.max(0, number.digits.length - 1)): string {
  const digits = number.digits.padEnd(precision + 1, '0');
  const exponent = number.digits === '' ? 0 : number.point - 1;
  const power = String(Math.abs(exponent)).padStart(2, '0');
  const fraction = precision > 0 ? `.${digits.slice(1, precision + 1)}` : '';
  return `${digits[0] ?? '0'}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
}

function fixed(number: Decimal, precision: number): string {
  const { digits, point } = number;
  const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0');
  if (precision <= 0) return whole;
  const fraction = point < 0 ? '0'.repeat(-point) + digits : digits.slice(Math.max(0, point));
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, '0')}`;
}

/** More digits than JavaScript can be asked for would never decide a rounding. */
const EXACT = 101;

/** The number with `count` significant digits, or with the shortest exact ones. */
function decimal(size: number, count: number | undefined): Decimal {
  if (size === 0) return { digits: '', point: 0 };
  const [mantissa = '', power = '0'] = size.toExponential(count === undefined ? undefined : EXACT - 1).split('e');
  const all = mantissa.replace('.', '');
  const point = Number(power) + 1;
  if (count === undefined || count >= EXACT) return trim(all, point);
  if (count < 0) return { digits: '', point: 0 };
  const kept = all.slice(0, count);
  const rest = all.slice(count);
  const odd = Number(kept.at(-1) ?? '0') % 2 === 1;
  const tie = /^50*$/.test(rest);
  const up = tie ? odd : rest >= '5';
  if (!up) return trim(kept, point);
  const raised = kept === '' ? '1' : String(BigInt(kept) + 1n);
  return trim(raised, point + (raised.length > count ? 1 : 0));
}

function trim(digits: string, point: number): Decimal {
  return { digits: digits.replace(/0+$/, ''), point };
}
