/** One entry of a json-file log. */
export interface LogEntry {
  readonly text: string;
  readonly stream: 'stdout' | 'stderr';
  /** As written: RFC 3339. */
  readonly time: string;
}

/** The entry in a line of a json-file log; undefined when it is none (a torn write, a full disk). */
export function parseEntry(line: string): LogEntry | undefined {
  try {
    const { log, stream, time } = JSON.parse(line) as Record<string, unknown>;
    if (typeof log !== 'string' || typeof time !== 'string') return undefined;
    return { text: log, stream: stream === 'stderr' ? 'stderr' : 'stdout', time };
  } catch {
    return undefined;
  }
}

/** Nanoseconds since 1970 of a time in the log. */
export function entryNanos(time: string): bigint {
  const match = /^(.*?)(?:\.(\d{1,9}))?Z$/.exec(time);
  const seconds = Date.parse(`${match?.[1] ?? time}Z`) / 1000;
  return BigInt(Number.isFinite(seconds) ? seconds : 0) * 1_000_000_000n + BigInt((match?.[2] ?? '').padEnd(9, '0'));
}
