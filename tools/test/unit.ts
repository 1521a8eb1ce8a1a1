import { filesOf } from '../lib/tree.ts';
import { runSuites, type Suite } from './suite.ts';
import type { Tally } from './tally.ts';

/** One suite per package and one for the tools: a crash in one of them hides nothing of the others. */
export function unitSuites(): Suite[] {
  const packages = filesOf('packages/*/package.json').map((path) => path.split('/')[1] ?? '');
  const suite = (name: string, pattern: string): Suite => ({ name, files: filesOf(pattern), timeout: 180_000 });
  const beside = ['tools', 'library', 'bench']
    .map((name) => suite(name, `${name}/**/*.test.ts`))
    .filter((found) => found.files.length > 0);
  return [...packages.map((name) => suite(name, `packages/${name}/src/**/*.test.ts`)), ...beside];
}

/** Runs all unit tests, two suites at a time. */
export function runUnitSuites(): Promise<Tally[]> {
  return runSuites(unitSuites(), 2);
}
