/** Time as the packages see it, so that tests can turn the hands. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Nanoseconds since 1970. */
  nowNanos(): bigint;
}

/** The machine's clock. Nanoseconds come from the monotonic clock, anchored once to the wall clock. */
export function systemClock(): Clock {
  const anchor = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
  return {
    now: () => Date.now(),
    nowNanos: () => anchor + process.hrtime.bigint(),
  };
}
