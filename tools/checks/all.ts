import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from '../bundle/bundle.ts';
import { clientEntry } from '../bundle/entries.ts';
import { identity } from '../bundle/identity.ts';
import type { Lockfile } from '../complete-lockfile.ts';
import { command } from '../lib/command.spawn.ts';
import { Failure } from '../lib/failure.ts';
import { filesOf, read, root, sourceFiles } from '../lib/tree.ts';
import { type Boundaries, type ClientLimits, checkClient, checkImports } from './boundaries.ts';
import { checkLinks, checkReasons } from './documents.ts';
import { loadGraph } from './load-graph.ts';
import { checkLockfile } from './lockfile.ts';
import { checkManifests } from './manifests.ts';
import { type Problem, printProblems } from './problem.ts';
import { checkSize, overTarget } from './size.ts';

/** The verdict of one check; `report` is what the user must see when it failed. */
export interface Verdict {
  readonly ok: boolean;
  readonly report: string;
}

/** One named part of `npm run verify`. */
export interface Check {
  readonly name: string;
  run(): Promise<Verdict>;
}

/** Packages that have an install script and work without it (none is ever run: .npmrc says ignore-scripts). */
const UNUSED_SCRIPTS = { esbuild: 'replaces its launcher by the binary; the launcher finds the binary itself' };

function program(name: string, module: string, args: readonly string[]): Check {
  return {
    name,
    run: async () => {
      const { ok, output } = await command(process.execPath, [join(root, module), ...args], { timeout: 180_000 });
      return { ok, report: output };
    },
  };
}

function rule(name: string, find: () => readonly Problem[] | Promise<readonly Problem[]>): Check {
  return {
    name,
    run: async () => {
      const problems = await find();
      return { ok: problems.length === 0, report: printProblems(problems) };
    },
  };
}

function textsOf(paths: readonly string[]): Map<string, string> {
  return new Map(paths.map((path) => [path, read(path)]));
}

function size(): Problem[] {
  const texts = textsOf([...sourceFiles(), ...filesOf('cell/**/*.{c,h}')]);
  const large = overTarget(texts);
  if (large.length > 0) process.stdout.write(`   above 300 lines: ${large.join(', ')}\n`);
  return checkSize(texts);
}

function documents(): Problem[] {
  const pages = textsOf(filesOf(['*.md', 'docs/**/*.md', 'library/**/*.md', 'bench/**/*.md', 'packages/*/*.md']));
  const names = [...loadGraph().manifests.values()].flatMap((manifest) =>
    Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }),
  );
  const links = checkLinks(pages, (path) => existsSync(join(root, path)));
  return [...links, ...checkReasons(pages.get('docs/dependencies.md') ?? '', names)];
}

function boundaries(): Problem[] {
  const rules = JSON.parse(read('tools/boundaries.json')) as Boundaries;
  const graph = loadGraph();
  return [...checkImports(rules, graph), ...checkManifests(graph)];
}

async function client(): Promise<Problem[]> {
  const { clientBundle } = JSON.parse(read('tools/boundaries.json')) as { clientBundle: ClientLimits };
  try {
    const { text, imports } = await render(clientEntry, identity());
    return checkClient(clientBundle, text, imports);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ where: clientEntry.source, what: error.message }];
  }
}

function lockfile(): Problem[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  return checkLockfile(lock, loadGraph().manifests, UNUSED_SCRIPTS);
}

/** All checks in the order in which they run, cheap ones first. */
export const checks: readonly Check[] = [
  program('format', 'node_modules/@biomejs/biome/bin/biome', ['check', '--colors=off', '.']),
  program('lint', 'node_modules/oxlint/bin/oxlint', ['--type-aware', '--deny-warnings', '-f', 'unix']),
  rule('boundaries', boundaries),
  rule('client', client),
  rule('lockfile', lockfile),
  rule('size', size),
  rule('documents', documents),
  program('operations', 'tools/generate-ops.ts', ['--check']),
  program('errors', 'tools/generate-errors.ts', ['--check']),
  program('commands', 'tools/generate-cli.ts', ['--check']),
  program('types', 'node_modules/typescript/bin/tsc', ['-p', '.', '--pretty', 'false']),
];
