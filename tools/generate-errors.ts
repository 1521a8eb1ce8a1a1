/** Makes docs/errors.md from the error tables of all packages; with --check only compares. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorDefinition } from '@wharf/kit';
import { Failure, main } from './lib/failure.ts';
import { filesOf, isTest, root } from './lib/tree.ts';

/** One code with the package that owns it. */
export interface ErrorRow extends ErrorDefinition {
  readonly code: string;
  readonly owner: string;
}

const target = join(root, 'docs/errors.md');
const HEAD = `# Errors

Every failure that Wharf reports has a *kind* and a *code*. Programs compare codes; the HTTP status and the exit code
follow from the kind alone. The message is what a user reads: Docker's wording where Docker has one.

This page is made by \`node tools/generate-errors.ts\` from the tables in the sources. Do not edit it.

| Code | Kind | Meaning | Package |
|---|---|---|---|
`;

/** Picks the rows out of a package's exports: every export named \`<something>Errors\` is a table. */
export function rowsOf(owner: string, exported: Readonly<Record<string, unknown>>): ErrorRow[] {
  return Object.entries(exported)
    .filter(([name]) => name.endsWith('Errors'))
    .flatMap(([, table]) => Object.entries(table as Readonly<Record<string, ErrorDefinition>>))
    .map(([code, { kind, description }]) => ({ code, owner, kind, description }));
}

/** The page. Packages may share a code if they mean the same kind; another kind, or a bad form, is a Failure. */
export function renderErrors(rows: readonly ErrorRow[]): string {
  const byCode = new Map<string, ErrorRow>();
  for (const row of rows) {
    if (!/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(row.code))
      throw new Failure(`${row.owner}: ${row.code} is not UPPER_CASE`);
    const other = byCode.get(row.code);
    if (other && other.kind !== row.kind) {
      throw new Failure(`${row.code} is ${other.kind} in ${other.owner} and ${row.kind} in ${row.owner}`);
    }
    byCode.set(row.code, other ? { ...other, owner: `${other.owner}, ${row.owner}` } : row);
  }
  const sorted = [...byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  const line = (row: ErrorRow) =>
    `| \`${row.code}\` | ${row.kind} | ${row.description.replaceAll('|', '\\|')} | ${row.owner} |\n`;
  return HEAD + sorted.map(line).join('');
}

/** Loads the error tables of all packages that users meet (not those of the test harness). */
export async function loadRows(): Promise<ErrorRow[]> {
  const rows: ErrorRow[] = [];
  const paths = filesOf('packages/*/src/index.ts').filter((path) => !isTest(path));
  for (const path of paths) {
    const exported = (await import(join(root, path))) as Readonly<Record<string, unknown>>;
    rows.push(...rowsOf(path.split('/')[1] ?? '', exported));
  }
  return rows;
}

if (import.meta.main) {
  await main(async () => {
    const text = renderErrors(await loadRows());
    if (!process.argv.includes('--check')) writeFileSync(target, text);
    else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
      throw new Failure('docs/errors.md is stale: run node tools/generate-errors.ts');
    }
  });
}
