import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { command } from '../lib/command.spawn.ts';
import { root } from '../lib/tree.ts';
import { parseRecords, type Tally, tallyOf } from './tally.ts';

const logs = join(root, 'build/test-logs');
const reporter = join(import.meta.dirname, 'reporter.ts');

/** Some test files that run together in one process. */
export interface Suite {
  readonly name: string;
  /** Relative to the root of the tree. */
  readonly files: readonly string[];
  /** Milliseconds after which the process is killed with all its children. */
  readonly timeout: number;
}

/** Runs one suite, prints one line for it and the details of what failed, and counts it. */
export async function runSuite(suite: Suite): Promise<Tally> {
  mkdirSync(logs, { recursive: true });
  const base = join(logs, suite.name.replaceAll(/[^\w.-]+/g, '-'));
  const files = suite.files.map((file) => join(root, file));
  rmSync(`${base}.ndjson`, { force: true });
  const start = performance.now();
  const args = ['--test', '--test-isolation=none', '--test-timeout=120000', `--test-reporter=${reporter}`];
  const { code, output } =
    files.length === 0
      ? { code: 0, output: '' }
      : await command(process.execPath, [...args, `--test-reporter-destination=${base}.ndjson`, ...files], {
          env: { DOCKER_HOST: undefined, DOCKER_CONTEXT: undefined, WHARF_HOST: undefined, NODE_OPTIONS: undefined },
          timeout: suite.timeout,
        });
  const records = existsSync(`${base}.ndjson`) ? readFileSync(`${base}.ndjson`, 'utf8') : '';
  writeFileSync(`${base}.log`, output);
  const tally = tallyOf(suite.name, { files, records, exitCode: code });
  print(suite.name, tally, (performance.now() - start) / 1000);
  if (tally.failures.length > 0) printFailures(tally, records, output, `${base}.log`);
  return tally;
}

function print(name: string, tally: Tally, seconds: number): void {
  const verdict = tally.failures.length === 0 ? 'ok  ' : 'FAIL';
  const skipped = tally.skipped.length > 0 ? `, ${tally.skipped.length} skipped` : '';
  const counts = `${tally.passed} passed, ${tally.failures.length} failed${skipped}`;
  process.stdout.write(`${verdict} ${name}: ${counts} (${seconds.toFixed(1)} s)\n`);
}

/** Failed tests with their errors; then what is wrong with the process as a whole, with the end of its output. */
function printFailures(tally: Tally, records: string, output: string, log: string): void {
  const failed = parseRecords(records).filter((record) => record.outcome === 'fail');
  for (const record of failed) {
    const text = record.reason.split('\n').slice(0, 40).join('\n       ');
    process.stdout.write(`     ${relative(root, record.file)}:${record.line} ${record.name}\n       ${text}\n`);
  }
  const others = tally.failures.slice(failed.length);
  if (others.length > 0) {
    const end = output.trimEnd().split('\n').slice(-20);
    process.stdout.write(`     ${[...others, ...end].join('\n     ').trimEnd()}\n`);
  }
  process.stdout.write(`     all output: ${relative(root, log)}\n`);
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
