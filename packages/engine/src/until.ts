import { fail } from './errors.ts';

/**
 * Milliseconds since 1970 of `--filter until`: a duration before now, unix seconds, or a date. `now` in milliseconds.
 * Throws BAD_CONFIG.
 */
export function untilMillis(text: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text) {
    return now - parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
  }
  const date = Date.parse(text);
  if (Number.isNaN(date)) throw fail('BAD_CONFIG', `invalid value for "until": ${text}`);
  return date;
}
