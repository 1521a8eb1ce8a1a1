import { fail } from './errors.ts';
import { parseGoDuration } from './go-duration.ts';

const SECOND = 1_000_000_000n;
/** The furthest date that JavaScript has, in milliseconds from 1970. */
const MAX_DATE = 8.64e15;

/** An instant in nanoseconds since 1970 with the zone it was written in. */
export interface ZonedTime {
  readonly nanos: bigint;
  /** Minutes east of UTC. */
  readonly offset: number;
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[T](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;

/** Reads RFC 3339 with any number of fractional digits; undefined when the text is none. */
export function parseRfc3339(text: string): ZonedTime | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  return instant([year, month, day, hour, minute, second].map(Number), fraction, offsetOf(zone));
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

function instant(parts: readonly number[], fraction: string, offset: number): ZonedTime | undefined {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // A date that moved had a part out of range, such as the 30th of February.
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCMinutes() === minute;
  if (!same || hour > 23 || second > 59) return undefined;
  const milliseconds = BigInt(date.getTime()) - BigInt(offset) * 60_000n;
  return { nanos: milliseconds * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0')), offset };
}

function zoneText(offset: number, separator: string): string {
  const size = Math.abs(offset);
  const hours = String(Math.trunc(size / 60)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${hours}${separator}${String(size % 60).padStart(2, '0')}`;
}

/** Date and time of an instant in a zone, to the second: `2026-11-21T13:21:19`. */
function civil(nanos: bigint, offset: number): { text: string; fraction: bigint } {
  const fraction = ((nanos % SECOND) + SECOND) % SECOND;
  const exact = Number((nanos - fraction) / 1_000_000n) + offset * 60_000;
  // Engines may send anything; beyond this JavaScript has no dates.
  const milliseconds = Math.max(-MAX_DATE, Math.min(MAX_DATE, exact));
  return { text: new Date(milliseconds).toISOString().slice(0, -5), fraction };
}

/** RFC 3339 as Go formats it: fractional digits only as far as they are not zero. `fixed` keeps all nine. */
export function formatRfc3339Nano(nanos: bigint, offset = 0, fixed = false): string {
  const { text, fraction } = civil(nanos, offset);
  const digits = fraction.toString().padStart(9, '0');
  const shown = fixed ? digits : digits.replace(/0+$/, '');
  return `${text}${shown === '' ? '' : `.${shown}`}${offset === 0 ? 'Z' : zoneText(offset, ':')}`;
}

/** RFC 3339 to the second. */
export function formatRfc3339(seconds: number, offset = 0): string {
  return formatRfc3339Nano(BigInt(seconds) * SECOND, offset);
}

/** A time as Go's Time.String writes it: `2026-11-21 13:21:19 +0000 UTC`. */
export function formatGoTime(seconds: number, offset = 0, zone = 'UTC'): string {
  const { text } = civil(BigInt(seconds) * SECOND, offset);
  return `${text.replace('T', ' ')} ${zoneText(offset, '')} ${zone}`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** A time in C's asctime form, as `version` shows build dates: `Fri May 30 12:07:14 2025`. */
export function formatAnsiC(time: ZonedTime): string {
  const date = new Date(Number(time.nanos / 1_000_000n) + time.offset * 60_000);
  const clock = date.toISOString().slice(11, 19);
  const day = String(date.getUTCDate()).padStart(2);
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${clock} ${date.getUTCFullYear()}`;
}

/** Go's names for the parts of the layouts that `--since` and `--until` are read with. */
const LAYOUT = { date: '2006-01-02', zone: 'Z07:00' } as const;

/**
 * Reads what `--since` and `--until` take: a Go duration before `now`, RFC 3339 in full or in part (in the zone of
 * `offset`, minutes east of UTC, when it names none), or seconds since 1970 with an optional fraction.
 * Returns what the API wants: `seconds` or `seconds.nanoseconds`.
 * @throws TIMESTAMP_INVALID
 */
export function parseTimestamp(text: string, now: number, offset: number): string {
  const duration = text === '0' ? undefined : tryDuration(text);
  if (duration !== undefined) return String(floorDiv(BigInt(Math.trunc(now)) * 1_000_000n - duration, SECOND));
  const time = parsePartial(text, offset);
  if (time !== undefined) {
    const seconds = floorDiv(time.nanos, SECOND);
    return `${seconds}.${(time.nanos - seconds * SECOND).toString().padStart(9, '0')}`;
  }
  if (text.includes('-')) throw fail('TIMESTAMP_INVALID', layoutProblem(text));
  if (/^\+?\d+(\.[+-]?\d+)?$/.test(text)) return text;
  throw fail('TIMESTAMP_INVALID', `failed to parse value as time or duration: ${JSON.stringify(text)}`);
}

function floorDiv(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

function tryDuration(text: string): bigint | undefined {
  if (!/^[+-]?[\d.]+[a-zµμ]/.test(text)) return undefined;
  try {
    return parseGoDuration(text);
  } catch {
    return undefined; // Not a duration: the other forms are tried.
  }
}

const PARTIAL = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?(Z|[+-]\d{2}:\d{2})?$/;

function parsePartial(text: string, local: number): ZonedTime | undefined {
  const match = PARTIAL.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const offset = zone === undefined ? local : offsetOf(zone);
  return instant([year, month, day, hour, minute, second].map(Number), fraction, offset);
}

/** Go's complaint about a text that looks like a date: it names the layout it tried. */
function layoutProblem(text: string): string {
  const zoned = /[zZ+]/.test(text) || text.split('-').length === 4;
  let layout: string = LAYOUT.date;
  if (text.includes('.')) layout += 'T15:04:05.999999999';
  else if (text.includes('T')) {
    const extra = zoned && !/[zZ]/.test(text) ? 1 : 0;
    const colons = Math.max(0, text.split(':').length - 1 - extra);
    layout += ['T15', 'T15:04'][colons] ?? 'T15:04:05';
  }
  if (zoned) layout += LAYOUT.zone;
  const quoted = JSON.stringify(text);
  const inRange = PARTIAL.exec(text) === null ? undefined : rangeProblem(text);
  if (inRange !== undefined) return `parsing time ${quoted}: ${inRange}`;
  const { part, rest } = mismatchAt(text, layout);
  if (part === undefined) return `parsing time ${quoted}: extra text: ${JSON.stringify(rest)}`;
  const reason = `cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(part)}`;
  return `parsing time ${quoted} as ${JSON.stringify(layout)}: ${reason}`;
}

function rangeProblem(text: string): string {
  const [, , month = '1', , hour = '0', minute = '0', second = '0'] = PARTIAL.exec(text) ?? [];
  if (Number(month) < 1 || Number(month) > 12) return 'month out of range';
  if (Number(hour) > 23) return 'hour out of range';
  if (Number(minute) > 59) return 'minute out of range';
  return Number(second) > 59 ? 'second out of range' : 'day out of range';
}

/** Walks the layout's parts to the first that the text does not match; none when the text goes on after the last. */
function mismatchAt(text: string, layout: string): { part?: string; rest: string } {
  let rest = text;
  for (const part of layout.match(/2006|15|01|02|04|05|\.9+|Z07:00|./g) ?? []) {
    const pattern = /^\d/.test(part)
      ? `^\\d{${part.length}}`
      : part === LAYOUT.zone
        ? '^(Z|[+-]\\d\\d:\\d\\d)'
        : undefined;
    const fits = part.startsWith('.9') ? /^(\.\d{1,9})?/ : new RegExp(pattern ?? `^\\${part}`.replace('\\T', 'T'));
    const found = fits.exec(rest);
    if (found === null) return { part, rest };
    rest = rest.slice(found[0].length);
  }
  return { rest };
}

/** What Go's time.Time prints for a time of a JSON document; the text itself where it is none. */
export function goTimeText(text: string): string {
  const time = parseRfc3339(text === '' ? '0001-01-01T00:00:00Z' : text);
  if (time === undefined) return text;
  const seconds = time.nanos / 1_000_000_000n;
  const fraction = (time.nanos % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  const [date = '', clock = '', offset = ''] = formatGoTime(Number(seconds), time.offset).split(' ');
  const zone = time.offset === 0 ? 'UTC' : offset;
  return `${date} ${clock}${/^\d+$/.test(fraction) ? `.${fraction}` : ''} ${offset} ${zone}`;
}
