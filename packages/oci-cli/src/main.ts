import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '@wharf/kit';
import { runProgram } from './program.ts';

/** Put in by the bundler. */
declare const WHARF_VERSION: string | undefined;

function realDirectory(path: string | undefined): string[] {
  // In the compiled program argv[1] lies inside the program itself: it exists, but has no real path.
  return path !== undefined && !path.startsWith('/$bunfs/') && existsSync(path) ? [dirname(realpathSync(path))] : [];
}

/** The cell of the installation that this program is part of: build/wharf-oci, a bundle, or packages/oci-cli/src/main.ts. */
function cellProgram(): string {
  const directories = [...realDirectory(process.execPath), ...realDirectory(process.argv[1])];
  const places = directories.flatMap((directory) => [join(directory, '..'), join(directory, '../../..')]);
  const cells = places.map((home) => join(home, 'cell/build/cell'));
  return cells.find((path) => existsSync(path)) ?? 'cell';
}

// Cells do not keep the process alive; while one is waited for, nothing else would.
const alive = setInterval(() => {}, 2 ** 31 - 1);
runProgram(process.argv.slice(2), {
  cell: cellProgram(),
  version: typeof WHARF_VERSION === 'string' ? WHARF_VERSION : '0.1.0',
  cwd: process.cwd(),
  now: () => new Date(),
  terminal: {
    get input() {
      return process.stdin;
    },
    get output() {
      return process.stdout;
    },
    signals: process,
  },
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
})
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error: unknown) => {
    process.stderr.write(`wharf-oci: ${messageOf(error)}\n`);
    process.exitCode = 1;
  })
  .finally(() => clearInterval(alive));
