import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '@wharf/kit';
import { recipes } from './recipes.ts';
import { fail } from './support/errors.ts';
import { writeLayout } from './support/oci-layout.ts';

/** Where a build finds its sources and leaves its downloads. */
export interface LibraryOptions {
  /** The directory `library/` of the sources; default: where this file lies. */
  readonly sourceRoot?: string;
  /** Downloaded packages; default: `library-cache` beside the output's parent directory. */
  readonly cacheDir?: string;
  /** Takes the newest packages even when the cache has some. Default false. */
  readonly refresh?: boolean;
  /** Takes one line about each slow step. */
  progress?(line: string): void;
}

/** The names of the images that can be built. */
export function libraryImageNames(): string[] {
  return [...recipes.keys()];
}

function architecture(): 'amd64' | 'arm64' {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw fail('LIBRARY_UNSUPPORTED', `the library is built on amd64 and arm64, not on ${process.arch}`);
}

/**
 * Builds one image of the library as an OCI image layout at `outDir` (for instance `build/library/busybox`), replacing
 * what is there. The same packages always give the same bytes. Fails with a LIBRARY_… error, whose message names the
 * missing program or the unreachable mirror; a failed build leaves the old directory as it was.
 */
export async function buildLibraryImage(name: string, outDir: string, options: LibraryOptions = {}): Promise<void> {
  const recipe = recipes.get(name);
  if (recipe === undefined) {
    throw fail('LIBRARY_UNKNOWN_IMAGE', `the library has no "${name}"; it has: ${libraryImageNames().join(', ')}`);
  }
  const target = resolve(outDir);
  await mkdir(dirname(target), { recursive: true });
  const scratchDir = await mkdtemp(join(tmpdir(), 'wharf-library-'));
  try {
    const context = {
      sourceDir: join(options.sourceRoot ?? import.meta.dirname, name),
      cacheDir: options.cacheDir ?? join(dirname(dirname(target)), 'library-cache'),
      scratchDir,
      refresh: options.refresh ?? false,
      architecture: architecture(),
      progress: options.progress ?? (() => {}),
    };
    await writeLayout(target, await recipe.build(context), context.architecture);
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

/** `node library/build.ts NAME… | --all [--refresh]`: builds into build/library. Gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const names = args.includes('--all') ? libraryImageNames() : args.filter((arg) => !arg.startsWith('--'));
  if (names.length === 0) {
    process.stderr.write('Usage: node library/build.ts NAME… | --all [--refresh]\n');
    for (const recipe of recipes.values()) process.stderr.write(`  ${recipe.name.padEnd(12)} ${recipe.summary}\n`);
    return 2;
  }
  for (const name of names) {
    const outDir = join(import.meta.dirname, '../build/library', name);
    const started = Date.now();
    try {
      await buildLibraryImage(name, outDir, {
        refresh: args.includes('--refresh'),
        progress: (line) => process.stdout.write(`${name}: ${line}\n`),
      });
    } catch (error) {
      process.stderr.write(`${name}: ${messageOf(error)}\n`);
      return 1;
    }
    process.stdout.write(`${name}: built in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  }
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
