import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { command } from '../lib/command.spawn.ts';
import { root } from '../lib/tree.ts';
import { parseRecords, type Tally, tallyOf } from './tally.ts';

const logs = join(root, 'build/test-logs');
const reporter = join(import.meta.dirname, 'reporter.ts');

/** Some test files that run together in one process. */
export interface Suite {
  readonly name: string;
  /** Relative to the root of the tree, or absolute. */
  readonly files: readonly string[];
  /** Milliseconds after which the process is killed with all its children. */
  readonly timeout: number;
}

/** Where the lines for the reader go. */
export type Write = (text: string) => void;

const toStdout: Write = (text) => process.stdout.write(text);

/** What the caller's environment must not decide; NODE_TEST_CONTEXT would make the process somebody's child. */
const CLEAN = {
  DOCKER_HOST: undefined,
  DOCKER_CONTEXT: undefined,
  WHARF_HOST: undefined,
  NODE_OPTIONS: undefined,
  NODE_TEST_CONTEXT: undefined,
};

/** Runs one suite, prints one line for it and the details of what failed, and counts it. */
export async function runSuite(suite: Suite, write: Write = toStdout): Promise<Tally> {
  mkdirSync(logs, { recursive: true });
  const base = join(logs, suite.name.replaceAll(/[^\w.-]+/g, '-'));
  const files = suite.files.map((file) => resolve(root, file));
  rmSync(`${base}.ndjson`, { force: true });
  const start = performance.now();
  const args = ['--test', '--test-isolation=none', '--test-timeout=120000', `--test-reporter=${reporter}`];
  const { code, output } =
    files.length === 0
      ? { code: 0, output: '' }
      : await command(process.execPath, [...args, `--test-reporter-destination=${base}.ndjson`, ...files], {
          env: CLEAN,
          timeout: suite.timeout,
        });
  const records = existsSync(`${base}.ndjson`) ? readFileSync(`${base}.ndjson`, 'utf8') : '';
  writeFileSync(`${base}.log`, output);
  const tally = tallyOf(suite.name, { records, exitCode: code });
  write(headline(suite.name, tally, (performance.now() - start) / 1000));
  if (tally.failures.length > 0) write(describeFailures(tally, records, output, `${base}.log`));
  return tally;
}

function headline(name: string, tally: Tally, seconds: number): string {
  const verdict = tally.failures.length === 0 ? 'ok  ' : 'FAIL';
  const skipped = tally.skipped.length > 0 ? `, ${tally.skipped.length} skipped` : '';
  const counts = `${tally.passed} passed, ${tally.failures.length} failed${skipped}`;
  return `${verdict} ${name}: ${counts} (${seconds.toFixed(1)} s)\n`;
}

/** Failed tests with their errors; then what is wrong with the process as a whole, with the end of its output. */
function describeFailures(tally: Tally, records: string, output: string, log: string): string {
  const failed = parseRecords(records).filter((record) => record.outcome === 'fail');
  const tests = failed.map((record) => {
    const text = record.reason.split('\n').slice(0, 40).join('\n       ');
    return `     ${relative(root, record.file)}:${record.line} ${record.name}\n       ${text}\n`;
  });
  const others = tally.failures.slice(failed.length);
  const end = others.length > 0 ? output.trimEnd().split('\n').slice(-20) : [];
  const lines = [...others, ...end, `all output: ${relative(root, log)}`].filter((line) => line !== '');
  return `${tests.join('')}${lines.map((line) => `     ${line}\n`).join('')}`;
}

/** Runs suites, at most `width` at a time. */
export async function runSuites(suites: readonly Suite[], width: number): Promise<Tally[]> {
  const waiting = [...suites];
  const tallies: Tally[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) tallies.push(await runSuite(next));
  };
  await Promise.all(Array.from({ length: width }, worker));
  return tallies;
}
