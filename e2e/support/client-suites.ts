import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@wharf/testkit';

const SOURCE = join(import.meta.dirname, '../suites');
/** Outside of the sources: what others wrote is no part of the tree. */
const PLACE = join(import.meta.dirname, '../../build/client-suites');
const PARTS = ['package.json', 'package-lock.json', '.npmrc'];

/** The programs of e2e/suites with the clients that they use, in exact versions; gives their directory. */
export async function provideClientSuites(): Promise<string> {
  const wanted = PARTS.map((name) => readFileSync(join(SOURCE, name), 'utf8')).join('\0');
  const stamp = join(PLACE, 'installed');
  mkdirSync(PLACE, { recursive: true });
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    rmSync(stamp, { force: true });
    for (const name of PARTS) cpSync(join(SOURCE, name), join(PLACE, name));
    // The registry that npm uses, and the way to it, may be said in the environment.
    const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
    const install = ['npm', 'ci', '--no-audit', '--no-fund', '--ignore-scripts'];
    const { code, stderr } = await runCommand(install, { cwd: PLACE, env, timeout: 110_000 });
    assert.equal(code, 0, stderr);
    writeFileSync(stamp, wanted);
  }
  for (const name of readdirSync(SOURCE).filter((each) => each.endsWith('.mjs'))) {
    cpSync(join(SOURCE, name), join(PLACE, name));
  }
  return PLACE;
}
