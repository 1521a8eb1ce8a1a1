import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandSync } from '../lib/command.spawn.ts';
import { Failure } from '../lib/failure.ts';
import { root } from '../lib/tree.ts';
import { clientEntry } from './entries.ts';

const target = join(root, 'build/wharf');
const stamp = join(root, 'build/wharf.made-from');
const LAUNCHER = '#!/bin/sh\nhome=$(readlink -f "$0")\nhome=${home%/*}\nexec "$home/node" "$home/cli.cjs" "$@"\n';

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

/**
 * Makes build/wharf from the client's bundle: compiled by Bun, which starts in half of Node's time. Where there is no
 * Bun for the processor, or it does not run (it wants AVX2 on x86_64), a launcher of Node takes its place.
 */
export function makeClientProgram(): ClientProgram {
  const bun = join(root, `node_modules/@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`);
  const version = commandSync(bun, ['--version']);
  const source = readFileSync(join(root, clientEntry.output));
  const key = createHash('sha256').update(source).update(version.output).update(OPTIONS.join(' ')).digest('hex');
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return 'unchanged';
  const next = `${target}.next`;
  if (version.ok) {
    const made = commandSync(bun, [...OPTIONS, join(root, clientEntry.output), '--outfile', next]);
    if (!made.ok) throw new Failure(`bun could not compile ${clientEntry.output}:\n${made.output}`);
  } else {
    writeFileSync(next, LAUNCHER);
  }
  chmodSync(next, 0o755);
  renameSync(next, target);
  writeFileSync(stamp, key);
  return version.ok ? 'compiled' : 'launcher';
}
