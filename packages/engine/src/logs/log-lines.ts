/** One entry of a json-file log. */
export interface LogEntry {
  readonly text: string;
  readonly stream: 'stdout' | 'stderr';
  /** As written: RFC 3339. */
  readonly time: string;
}

/** Longest line that is believed; a cell writes at most 16 KiB of output, six bytes each. */
const MAX_LINE = 1024 * 1024;

/** Cuts the bytes of a json-file log into entries. Lines that are no entries (a torn write, a full disk) are skipped. */
export class LogLines {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): LogEntry[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const entries: LogEntry[] = [];
    let at = 0;
    for (let end = bytes.indexOf(10, at); end >= 0; end = bytes.indexOf(10, at)) {
      const entry = parse(bytes.toString('utf8', at, end));
      if (entry) entries.push(entry);
      at = end + 1;
    }
    const left = bytes.length - at;
    this.#rest = left > MAX_LINE ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
    return entries;
  }
}

function parse(line: string): LogEntry | undefined {
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
