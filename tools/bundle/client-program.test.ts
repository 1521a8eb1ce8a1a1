import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandSync } from '../lib/command.spawn.ts';
import { makeClientProgram } from './client-program.ts';

/** A directory with a bundle and a stand-in for Bun that is the given script. */
function prepare(script: string) {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-client-'));
  const files = { bun: join(dir, 'bun'), bundle: join(dir, 'cli.cjs'), target: join(dir, 'wharf') };
  writeFileSync(files.bundle, "console.log('node', ...process.argv.slice(2));");
  writeFileSync(files.bun, `#!/bin/sh\n${script}\n`);
  chmodSync(files.bun, 0o755);
  symlinkSync(process.execPath, join(dir, 'node'));
  return { dir, files, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

test('where Bun does not run, a launcher starts the bundle with Node', () => {
  using place = prepare('kill -ILL $$');
  assert.equal(makeClientProgram(place.files), 'launcher');
  symlinkSync(place.files.target, join(place.dir, 'link'));
  assert.equal(commandSync(join(place.dir, 'link'), ['a', 'b c'], { cwd: '/' }).output, 'node a b c\n');
});

test('the program is compiled once for a bundle, and again when the bundle changes', () => {
  using place = prepare('for last; do :; done; [ "$1" = --version ] && echo 1 || echo "#!/bin/sh" >"$last"');
  assert.equal(makeClientProgram(place.files), 'compiled');
  assert.equal(makeClientProgram(place.files), 'unchanged');
  writeFileSync(place.files.bundle, 'changed');
  assert.equal(makeClientProgram(place.files), 'compiled');
});

test('a compiler that fails is an error with its output', () => {
  using place = prepare('[ "$1" = --version ] || { echo out of ink; exit 1; }');
  assert.throws(() => makeClientProgram(place.files), /could not compile .*\nout of ink/);
});
