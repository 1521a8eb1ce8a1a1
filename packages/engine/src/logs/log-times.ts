/** Times of log entries as bytes: RFC 3339, UTC, with as many decimals as needed. */

/** Less than 0 when the time in the block is earlier than `limit`. */
export function compareTime(block: Buffer, from: number, zed: number, limit: Buffer): number {
  const length = Math.min(zed - from, limit.length);
  for (let i = 0; i < length; i += 1) {
    const difference = (block[from + i] as number) - (limit[i] as number);
    if (difference !== 0) return difference;
  }
  return zed - from - limit.length;
}

/** UTC, with as many decimals as needed, without Z: what times of the log are compared with. */
export function timeBytes(nanos: bigint): Buffer {
  const billion = 1_000_000_000n;
  const part = ((nanos % billion) + billion) % billion;
  const seconds = Number((nanos - part) / billion);
  // Dates outside of the four-digit years are before and after every log.
  if (seconds < -62_135_596_800) return Buffer.from('0');
  if (seconds > 253_402_300_799) return Buffer.from('9999-99');
  const date = new Date(seconds * 1000).toISOString().slice(0, 19);
  const decimals = part.toString().padStart(9, '0').replace(/0+$/, '');
  return Buffer.from(decimals === '' ? date : `${date}.${decimals}`);
}

/** Any RFC 3339 time as the log has it: UTC with at most nine decimals. */
export function normalTime(time: string): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(time);
  const [, seconds = '0001-01-01T00:00:00', decimals = '', zone = 'Z'] = match ?? [];
  if (zone === 'Z') return `${seconds}${decimals}Z`;
  const date = new Date(`${seconds}${zone}`);
  return Number.isNaN(date.getTime()) ? '0001-01-01T00:00:00Z' : `${date.toISOString().slice(0, 19)}${decimals}Z`;
}
