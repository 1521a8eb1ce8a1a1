import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Compiles programs of e2e/programs as static executables; gives their bytes by name. A machine without a compiler has
 * them in the directory that WHARF_E2E_PROGRAMS names.
 */
export function compilePrograms(names: readonly string[]): ReadonlyMap<string, Buffer> {
  const made = process.env['WHARF_E2E_PROGRAMS'];
  if (made !== undefined) return new Map(names.map((name) => [name, readFileSync(join(made, name))]));
  const directory = mkdtempSync(join(tmpdir(), 'wharf-e2e-programs-'));
  try {
    return new Map(
      names.map((name) => {
        const source = join(import.meta.dirname, '../programs', `${name}.c`);
        const program = join(directory, name);
        execFileSync('gcc', ['-static', '-O1', '-s', '-Wall', '-Wextra', '-Werror', '-o', program, source]);
        return [name, readFileSync(program)];
      }),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
