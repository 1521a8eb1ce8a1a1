import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { commandSync } from '../lib/command.spawn.ts';
import { Failure } from '../lib/failure.ts';
import { root } from '../lib/tree.ts';
import { clientEntry, ociEntry } from './entries.ts';

const launcher = (bundle: string): string =>
  `#!/bin/sh\nhome=$(readlink -f "$0")\nhome=\${home%/*}\nexec "$home/node" -- "$home/${basename(bundle)}" "$@"\n`;

// The program must not read settings from whatever directory it is started in.
const OPTIONS = [
  'build',
  '--compile',
  '--bytecode',
  '--format=cjs',
  '--no-compile-autoload-dotenv',
  '--no-compile-autoload-bunfig',
];

/** What became of the client program. */
export type ClientProgram = 'unchanged' | 'compiled' | 'launcher';

/** The files that take part, absolute. */
export interface ClientFiles {
  /** The compiler; it need not exist. */
  readonly bun: string;
  readonly bundle: string;
  readonly target: string;
}

const FILES: ClientFiles = {
  bun: join(root, `node_modules/@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`),
  bundle: join(root, clientEntry.output),
  target: join(root, 'build/wharf'),
};

/** The files of the program for callers of OCI runtimes. */
export const OCI_FILES: ClientFiles = {
  ...FILES,
  bundle: join(root, ociEntry.output),
  target: join(root, 'build/wharf-oci'),
};

/**
 * Makes build/wharf, or another program that people call, from its bundle: compiled by Bun, which starts in half of Node's time. Where there is no
 * Bun for the processor, or it does not run (it wants AVX2 on x86_64), a launcher of Node takes its place.
 */
export function makeClientProgram({ bun, bundle, target }: ClientFiles = FILES): ClientProgram {
  const version = commandSync(bun, ['--version']);
  const stamp = `${target}.made-from`;
  const hash = createHash('sha256').update(readFileSync(bundle)).update(version.output).update(OPTIONS.join(' '));
  const key = hash.digest('hex');
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return 'unchanged';
  const next = `${target}.next`;
  if (version.ok) {
    const made = commandSync(bun, [...OPTIONS, bundle, '--outfile', next]);
    if (!made.ok) throw new Failure(`bun could not compile ${bundle}:\n${made.output}`);
  } else {
    writeFileSync(next, launcher(bundle));
  }
  chmodSync(next, 0o755);
  renameSync(next, target);
  writeFileSync(stamp, key);
  return version.ok ? 'compiled' : 'launcher';
}
