/**
 * Builds what runs: cell (C), the bundles, the client program, the first images. Everything is incremental and every
 * file is replaced in one step. `--log FILE` appends the output of the steps to a file and shows one line per step.
 */
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle/bundle.ts';
import { makeClientProgram, OCI_FILES } from './bundle/client-program.ts';
import { clientEntry, type Entry, entries, ociEntry } from './bundle/entries.ts';
import { identity } from './bundle/identity.ts';
import { linkNode } from './bundle/link-node.ts';
import { commandSync } from './lib/command.spawn.ts';
import { Failure, main } from './lib/failure.ts';
import { root } from './lib/tree.ts';

/** Where a step tells what it is doing, and where the output of programs goes. */
interface Output {
  say(text: string): void;
  log(text: string): void;
}

function output(argv: readonly string[]): Output {
  const at = argv.indexOf('--log');
  const path = at < 0 ? undefined : argv[at + 1];
  return {
    say: (text) => process.stderr.write(`wharf: ${text} …\n`),
    log: (text) => path !== undefined && appendFileSync(path, text),
  };
}

function runStep(out: Output, text: string, program: string, args: readonly string[]): void {
  out.say(text);
  const result = commandSync(program, args);
  out.log(result.output);
  if (!result.ok) throw new Failure(`${result.output.trimEnd()}\nfailed: ${program} ${args.join(' ')}`);
}

async function bundleAll(out: Output): Promise<void> {
  out.say('bundling');
  const present = (entry: Entry) => existsSync(join(root, entry.source));
  const known = identity();
  for (const entry of entries.filter(present)) await bundle(entry, known);
  if (present(clientEntry)) makeClientProgram();
  if (present(ociEntry)) makeClientProgram(OCI_FILES);
  const missing = entries.filter((entry) => !present(entry)).map((entry) => entry.source);
  if (missing.length > 0) throw new Failure(`cannot bundle, missing in this tree: ${missing.join(', ')}`);
}

await main(async () => {
  const out = output(process.argv);
  mkdirSync(join(root, 'build'), { recursive: true });
  // The Node that runs the engine, whatever Node the machine has.
  linkNode(join(root, `node_modules/node-linux-${process.arch}/bin/node`), join(root, 'build/node'));
  runStep(out, 'building cell', 'make', ['-C', 'cell', '--no-print-directory']);
  await bundleAll(out);
  if (existsSync(join(root, 'library/build.ts'))) {
    runStep(out, 'preparing library images', process.execPath, ['library/build.ts', 'hello-world']);
  }
});
