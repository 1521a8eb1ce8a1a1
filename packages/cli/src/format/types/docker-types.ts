import { formatGoDuration, formatGoTime, type GoValue, parseRfc3339, Schema } from '@wharf/spec';

/** Text of time.Duration and time.Time, which have String methods. */
const TEXTS = {
  'time.Duration': (value: GoValue) => formatGoDuration(value.kind === 'int' ? value.value : 0n),
  'time.Time': (value: GoValue) => goTime(value.kind === 'string' ? value.value : ''),
};

function goTime(text: string): string {
  const time = parseRfc3339(text === '' ? '0001-01-01T00:00:00Z' : text);
  if (time === undefined) return text;
  const seconds = time.nanos / 1_000_000_000n;
  const fraction = (time.nanos % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  const [date = '', clock = '', offset = ''] = formatGoTime(Number(seconds), time.offset).split(' ');
  const zone = time.offset === 0 ? 'UTC' : offset;
  return `${date} ${clock}${/^\d+$/.test(fraction) ? `.${fraction}` : ''} ${offset} ${zone}`;
}

/** A schema with the types' String methods. */
export function dockerSchema(source: string): Schema {
  return new Schema(source, TEXTS);
}
