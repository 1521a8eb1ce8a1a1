import type { TestRecord } from './reporter.ts';

/** The result of one part of the run. Everything in `failures` has a name that a reader can search for. */
export interface Tally {
  readonly passed: number;
  readonly skipped: readonly string[];
  readonly failures: readonly string[];
}

/** What is known about a finished test process. */
export interface SuiteRun {
  /** What the reporter wrote: JSON lines, the last of which may be cut short by a crash. */
  readonly records: string;
  readonly exitCode: number | undefined;
}

/** Parses the reporter's lines; a line that a crash cut short is left out. */
export function parseRecords(text: string): TestRecord[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TestRecord);
}

/** Counts a suite. A file without a test, and a process that failed without a failed test, count as failures. */
export function tallyOf(suite: string, run: SuiteRun): Tally {
  const records = parseRecords(run.records);
  const label = (record: TestRecord) => `${suite}: ${record.name}`;
  const failures = records.filter((record) => record.outcome === 'fail').map(label);
  const empty = records.filter((record) => record.outcome === 'empty');
  failures.push(...empty.map((record) => `${suite}: ${record.file} has no test`));
  if (records.length === 0) failures.push(`${suite}: no test ran`);
  if (run.exitCode === undefined) failures.push(`${suite}: the process was killed`);
  else if (run.exitCode !== 0 && failures.length === 0) {
    failures.push(`${suite}: the process ended with code ${run.exitCode}`);
  }
  return {
    passed: records.filter((record) => record.outcome === 'pass').length,
    skipped: records
      .filter((record) => record.outcome === 'skip')
      .map((record) => `${label(record)} (${record.reason})`),
    failures,
  };
}

/** The last line of every run. */
export function tallyLine(parts: readonly Tally[]): string {
  const passed = parts.reduce((sum, part) => sum + part.passed, 0);
  const failed = parts.reduce((sum, part) => sum + part.failures.length, 0);
  return `${passed} passed, ${failed} failed`;
}
