/** Floating point numbers as Go's strconv and fmt write them. */

/** Two digits of exponent at least, with its sign. */
function exponent(value: number): string {
  const digits = String(Math.abs(value)).padStart(2, '0');
  return `${value < 0 ? '-' : '+'}${digits}`;
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return undefined;
  return value < 0 ? '-Inf' : '+Inf';
}

/** Go's 'e' format: `1.5e+00`. Without a precision as many digits as tell the number apart from its neighbours. */
export function formatExponent(value: number, precision?: number): string {
  const text = Object.is(value, -0) ? `-${(0).toExponential(precision)}` : value.toExponential(precision);
  const [mantissa = '', power = '0'] = text.split('e');
  return special(value) ?? `${mantissa}e${exponent(Number(power))}`;
}

/** Go's 'f' format. Without a precision as many digits as tell the number apart. */
export function formatFixed(value: number, precision?: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  const known = special(value);
  if (known !== undefined) return known;
  if (precision !== undefined && size < 1e21) return sign + size.toFixed(Math.min(precision, 100));
  return sign + (precision === undefined ? expand(size) : size.toLocaleString('fullwide', { useGrouping: false }));
}

/** A number without exponent. */
function expand(size: number): string {
  const [mantissa = '', power = '0'] = size.toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const point = Number(power) + 1;
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return digits.padEnd(point, '0');
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * Go's 'g' format: fixed for moderate exponents, else with exponent. Without a precision the shortest exact digits are
 * used and the change to an exponent comes at 1e21 (as fmt's `%v` does).
 */
export function formatGeneral(value: number, precision?: number, threshold = 21): string {
  const known = special(value);
  if (known !== undefined) return known;
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const digits = precision === undefined ? undefined : Math.max(1, precision);
  const rounded = Math.abs(value).toExponential(digits === undefined ? undefined : digits - 1);
  const [mantissa = '', power = '0'] = rounded.split('e');
  const shortest = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  const limit = digits === undefined ? threshold : Math.max(digits, shortest.replace('.', '').length);
  const sign = value < 0 ? '-' : '';
  const size = Number(power);
  if (size < -4 || size >= limit) return `${sign}${shortest}e${exponent(size)}`;
  return sign + expand(Number(rounded));
}
