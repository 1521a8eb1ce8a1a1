/** Nanoseconds since 1970 as RFC 3339 in UTC with nine decimals, as Docker's API writes times. */
export function rfc3339(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(nanos % 1_000_000_000n).padStart(9, '0')}Z`;
}
