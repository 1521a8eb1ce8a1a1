import { formatGoTime, formatRfc3339, formatRfc3339Nano } from '@wharf/spec';
import { zoneName } from './zone-name.ts';

/** Minutes east of UTC at an instant, in the zone of this machine. */
export function localOffset(milliseconds: number): number {
  const offset = -new Date(milliseconds).getTimezoneOffset();
  return Number.isNaN(offset) ? 0 : offset;
}

/** An instant in local time as lists show it: `2026-11-21 13:21:19 +0000 UTC`. */
export function localTime(seconds: number): string {
  const offset = localOffset(seconds * 1000);
  return formatGoTime(seconds, offset, zoneName(seconds, offset, process.env['TZ']));
}

/** An instant in local time as RFC 3339. */
export function localRfc3339(seconds: number): string {
  return formatRfc3339(seconds, localOffset(seconds * 1000));
}

/** An instant in nanoseconds as RFC 3339 in local time with all nine digits of its fraction. */
export function localNanos(nanos: bigint): string {
  return formatRfc3339Nano(nanos, localOffset(Number(nanos / 1_000_000n)), true);
}
