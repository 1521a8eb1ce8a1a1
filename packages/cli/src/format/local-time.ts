import { formatGoTime, formatRfc3339, formatRfc3339Nano } from '@wharf/spec';

/** Places whose English names the zones best: Go prints the letters of the zone database. */
const PLACES = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA'] as const;

/** Minutes east of UTC at an instant, in the zone of this machine. */
export function localOffset(milliseconds: number): number {
  const offset = -new Date(milliseconds).getTimezoneOffset();
  return Number.isNaN(offset) ? 0 : offset;
}

/** Letters of the zone at an instant: `UTC`, `CET`. */
function zoneName(milliseconds: number, offset: number): string {
  if (offset === 0 && Intl.DateTimeFormat().resolvedOptions().timeZone.endsWith('UTC')) return 'UTC';
  const names = PLACES.map((place) => {
    const parts = new Intl.DateTimeFormat(place, { timeZoneName: 'short' }).formatToParts(new Date(milliseconds));
    return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  });
  const sign = offset < 0 ? '-' : '+';
  const numeric = sign + String(Math.trunc(Math.abs(offset) / 60)).padStart(2, '0');
  return names.find((name) => /^[A-Z]{2,5}$/.test(name)) ?? numeric;
}

/** An instant in local time as lists show it: `2026-11-21 13:21:19 +0000 UTC`. */
export function localTime(seconds: number): string {
  const offset = localOffset(seconds * 1000);
  return formatGoTime(seconds, offset, zoneName(seconds * 1000, offset));
}

/** An instant in local time as RFC 3339. */
export function localRfc3339(seconds: number): string {
  return formatRfc3339(seconds, localOffset(seconds * 1000));
}

/** An instant in nanoseconds as RFC 3339 in local time with all nine digits of its fraction. */
export function localNanos(nanos: bigint): string {
  return formatRfc3339Nano(nanos, localOffset(Number(nanos / 1_000_000n)), true);
}
