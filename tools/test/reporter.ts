/**
 * A reporter of node:test that writes one JSON line per test. A parent whose only fault is a failed subtest, and a
 * suite as such, are not tests of their own; a suite whose hook fails is.
 */
export interface TestRecord {
  /** `empty`: a file in which there was no test. */
  readonly outcome: 'pass' | 'fail' | 'skip' | 'empty';
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** Why it was skipped, or the error with its stack. */
  readonly reason: string;
}

/** The part of node:test's events that is used here. */
export interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly file?: string;
    readonly line?: number;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly details?: { readonly type?: string; readonly error?: unknown };
  };
}

/** Translates an event; undefined for those that count nothing. */
export function recordOf(event: TestEvent): TestRecord | undefined {
  const { type, data } = event;
  if (type !== 'test:pass' && type !== 'test:fail') return undefined;
  const error = data.details?.error;
  const isSuite = data.details?.type === 'suite';
  const place = { name: data.name ?? '', file: data.file ?? '', line: data.line ?? 0 };
  if (type === 'test:pass') {
    if (isSuite) return undefined;
    // node:test lets a file without tests pass as a test with the file's own name.
    if (place.name === place.file) return { outcome: 'empty', ...place, reason: '' };
    const skipped = data.skip ?? data.todo;
    if (skipped === undefined || skipped === false) return { outcome: 'pass', ...place, reason: '' };
    return { outcome: 'skip', ...place, reason: skipped === true ? '' : skipped };
  }
  if (failureTypeOf(error) === 'subtestsFailed') return undefined;
  return { outcome: 'fail', ...place, reason: describe(error) };
}

function failureTypeOf(error: unknown): unknown {
  return error instanceof Error && 'failureType' in error ? error.failureType : undefined;
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const deeper = cause.cause instanceof Error ? `\ncaused by ${describe(cause.cause)}` : '';
  return `${cause.stack ?? cause.message}${deeper}`;
}

/** What node:test calls with its stream of events. */
export default async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const record = recordOf(event);
    if (record) yield `${JSON.stringify(record)}\n`;
  }
}
