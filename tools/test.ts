/**
 * `npm test`: sets the tree up, then runs everything: the sources' checks, the cell's sanitizer build, unit tests, end to end
 * tests; last it looks for anything left behind on the machine. The last line is `N passed, N failed`. Full output of every suite is
 * in build/test-logs. WHARF_NO_APT=1 installs no Debian packages, WHARF_GUEST=1 adds a virtual machine with cgroup v2. `npm test -- e2e/run` runs only suites whose
 * name contains one of the words.
 */
import { runGuestSuite } from './guest/suite.ts';
import { command } from './lib/command.spawn.ts';
import { filesOf } from './lib/tree.ts';
import { installDebianPackages } from './test/debian-packages.ts';
import { leaksSince, takeSnapshot } from './test/leaks.ts';
import { runSuites, type Suite } from './test/suite.ts';
import { type Tally, tallyLine } from './test/tally.ts';
import { unitSuites } from './test/unit.ts';
import { runChecks } from './verify.ts';

/** A step that is one test: a program that must succeed. */
async function step(name: string, program: string, args: readonly string[]): Promise<Tally> {
  const { ok, output } = await command(program, args, { timeout: 300_000 });
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name}\n${ok ? '' : output}`);
  return { passed: ok ? 1 : 0, skipped: [], failures: ok ? [] : [name] };
}

function endToEndSuites(): Suite[] {
  const files = filesOf('e2e/**/*.test.ts');
  const suites = files.map((file) => ({ name: file.replace('.test.ts', ''), files: [file], timeout: 240_000 }));
  return suites.length > 0 ? suites : [{ name: 'e2e', files: [], timeout: 0 }];
}

async function leaks(before: ReadonlySet<string>): Promise<Tally> {
  const failures = (await leaksSince(before)).map((item) => `left behind: ${item}`);
  process.stdout.write(`${failures.length === 0 ? 'ok  ' : 'FAIL'} nothing left behind\n`);
  return { passed: failures.length === 0 ? 1 : 0, skipped: [], failures };
}

async function runAll(words: readonly string[]): Promise<Tally[]> {
  const wanted = (suite: Suite) => words.length === 0 || words.some((word) => suite.name.includes(word));
  const before = takeSnapshot();
  const parts = [await step('setup', 'sh', ['tools/setup.sh', '--rebuild'])];
  const ready = parts[0]?.failures.length === 0;
  parts.push(await step('cell: build under sanitizers', 'make', ['-C', 'cell', 'check']));
  if (words.length === 0) parts.push(await runChecks());
  parts.push(...(await runSuites(unitSuites().filter(wanted), 2)));
  if (ready) parts.push(...(await runSuites(endToEndSuites().filter(wanted), 2)));
  if (ready && process.env['WHARF_GUEST'] === '1') parts.push(await runGuestSuite());
  parts.push(await leaks(before));
  return parts;
}

function list(title: string, names: readonly string[]): void {
  if (names.length > 0) process.stdout.write(`\n${title}:\n${names.map((name) => `  ${name}\n`).join('')}`);
}

// A test that cannot run here must say so as a failure, not as a skip.
process.env['WHARF_MUST_RUN'] = '1';
const missing = installDebianPackages(process.env);
if (missing !== undefined) process.stdout.write(`${missing}\n`);
const parts = await runAll(process.argv.slice(2));
list(
  'skipped',
  parts.flatMap((part) => part.skipped),
);
list(
  'failed',
  parts.flatMap((part) => part.failures),
);
process.stdout.write(`\n${tallyLine(parts)}\n`);
if (parts.some((part) => part.failures.length > 0)) process.exitCode = 1;
