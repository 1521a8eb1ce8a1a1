import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, type BuildResult, build } from 'esbuild';
import { Failure } from '../lib/failure.ts';
import { root } from '../lib/tree.ts';
import type { Entry } from './entries.ts';
import type { Identity } from './identity.ts';

/** Nothing is written by esbuild itself, and what it would write is described. */
type Fixed = { write: false; metafile: true };

const IMPORT_META_URL = "const wharfImportMetaUrl = require('node:url').pathToFileURL(__filename).href;\n";

async function esbuild(options: BuildOptions & Fixed): Promise<BuildResult<Fixed>> {
  try {
    return await build(options);
  } catch (error) {
    throw new Failure(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** A bundle in memory. */
export interface Bundled {
  readonly text: string;
  /** What it still imports when it runs: Node's own modules. */
  readonly imports: readonly string[];
}

/**
 * Bundles one entry as CommonJS: importing node:http from an ES module costs Node 26 another 17 ms at start. An entry
 * runs unconditionally, and anything it imports is not the main program.
 */
export async function render(entry: Entry, identity: Identity): Promise<Bundled> {
  const result = await esbuild({
    absWorkingDir: root,
    entryPoints: [entry.source],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node26',
    format: 'cjs',
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'silent',
    define: {
      ...identity,
      'import.meta.url': 'wharfImportMetaUrl',
      'import.meta.filename': '__filename',
      'import.meta.dirname': '__dirname',
      'import.meta.main': 'false',
    },
  });
  const code = result.outputFiles[0]?.text ?? '';
  const imports = Object.values(result.metafile.outputs).flatMap((output) => output.imports.map((item) => item.path));
  // 'use strict' counts only as the first statement, and most bundles never ask for their address.
  const text = code.includes('wharfImportMetaUrl') ? `'use strict';\n${IMPORT_META_URL}${code}` : code;
  return { text, imports: [...new Set(imports)] };
}

/** Bundles one entry into its file. Returns true when that changed; an unchanged file is not touched. */
export async function bundle(entry: Entry, identity: Identity): Promise<boolean> {
  const { text } = await render(entry, identity);
  const target = join(root, entry.output);
  if (existsSync(target) && readFileSync(target, 'utf8') === text) return false;
  writeFileSync(`${target}.next`, text);
  renameSync(`${target}.next`, target);
  return true;
}
