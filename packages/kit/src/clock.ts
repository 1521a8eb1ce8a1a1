/** Time as the packages see it, so that tests can turn the hands. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Nanoseconds since 1970. */
  nowNanos(): bigint;
}

/** How far the two clocks may be apart before the wall clock wins: what it rounds away, and a little. */
const TOLERANCE = 2_000_000n;

/**
 * The machine's clock. Nanoseconds come from the monotonic clock, tied to the wall clock and tied anew whenever that has
 * been set or has drifted away.
 */
export function systemClock(wall = () => Date.now(), monotonic = () => process.hrtime.bigint()): Clock {
  const atWall = () => BigInt(wall()) * 1_000_000n;
  let anchor = atWall() - monotonic();
  return {
    now: wall,
    nowNanos() {
      const time = anchor + monotonic();
      const apart = atWall() - time;
      if (apart <= TOLERANCE && apart >= -TOLERANCE) return time;
      anchor += apart;
      return time + apart;
    },
  };
}
