/**
 * `npm run verify`: everything that can be said about the sources without running the product, then the unit tests.
 * `npm run verify -- lint size` runs only the named checks.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checks } from './checks/all.ts';
import { Failure, main } from './lib/failure.ts';
import { root } from './lib/tree.ts';
import { type Tally, tallyLine } from './test/tally.ts';
import { runUnitSuites } from './test/unit.ts';

const REPORT_LINES = 60;

/** The beginning of a report; all of it goes to a file when it is long. */
function shorten(name: string, report: string): string {
  const lines = report.trimEnd().split('\n');
  if (lines.length <= REPORT_LINES) return `${lines.join('\n')}\n`;
  const path = `build/test-logs/verify-${name}.log`;
  mkdirSync(join(root, 'build/test-logs'), { recursive: true });
  writeFileSync(join(root, path), report);
  return `${lines.slice(0, REPORT_LINES).join('\n')}\n  … ${lines.length - REPORT_LINES} more lines in ${path}\n`;
}

/** Runs the checks (all, or those named) and prints one line each, with the report of those that fail. */
export async function runChecks(names: readonly string[] = []): Promise<Tally> {
  const unknown = names.find((name) => !checks.some((check) => check.name === name));
  if (unknown !== undefined) {
    throw new Failure(`there is no check "${unknown}"; there are ${checks.map((check) => check.name).join(', ')}`);
  }
  const failures: string[] = [];
  let passed = 0;
  for (const check of checks) {
    if (names.length > 0 && !names.includes(check.name)) continue;
    const start = performance.now();
    const { ok, report } = await check.run();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} verify: ${check.name} (${seconds} s)\n`);
    if (ok) passed += 1;
    else {
      process.stdout.write(shorten(check.name, report));
      failures.push(`verify: ${check.name}`);
    }
  }
  return { passed, skipped: [], failures };
}

if (import.meta.main) {
  await main(async () => {
    const names = process.argv.slice(2);
    const parts = [await runChecks(names)];
    if (names.length === 0) parts.push(...(await runUnitSuites()));
    const failed = parts.some((part) => part.failures.length > 0);
    process.stdout.write(`${tallyLine(parts)}\n`);
    if (failed) process.exitCode = 1;
  });
}
