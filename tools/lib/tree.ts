import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The source tree that these tools belong to. */
export const root = join(import.meta.dirname, '..', '..');

const SOURCES = ['packages/*/src/**/*.ts', 'tools/**/*.ts', 'e2e/**/*.ts', 'bench/**/*.ts', 'library/**/*.ts'];

/** Files below `base` that match the globs, relative and sorted; build output and dependencies are never among them. */
export function filesOf(patterns: string | readonly string[], base = root): string[] {
  const exclude = (path: string) => /(^|\/)(node_modules|build|\.git)$/.test(path);
  return globSync(patterns, { cwd: base, exclude })
    .map((path) => (path.startsWith('/') ? relative(base, path) : path))
    .sort();
}

/** All TypeScript of the project. */
export function sourceFiles(base = root): string[] {
  return filesOf(SOURCES, base);
}

export function read(path: string, base = root): string {
  return readFileSync(join(base, path), 'utf8');
}

/** True for tests and for what only tests use: `*.test-helper.ts`, `src/test/`, `src/testing/`, e2e, testkit. */
export function isTest(path: string): boolean {
  return /\.test(-helper)?\.ts$|^packages\/[^/]+\/src\/test(ing)?\/|^e2e\/|^packages\/testkit\//.test(path);
}

/** Generated files are checked against their source instead of against the rules for hand-written code. */
export function isGenerated(path: string): boolean {
  return path.endsWith('.gen.ts');
}
