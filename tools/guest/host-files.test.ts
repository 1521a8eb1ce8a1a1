import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { librariesOf, withLinks } from './host-files.ts';

test('a file is taken with every link on the way to it, in directories and of its own', () => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'wharf-host-files-')));
  try {
    mkdirSync(join(directory, 'usr/lib'), { recursive: true });
    symlinkSync('usr/lib', join(directory, 'lib'));
    writeFileSync(join(directory, 'usr/lib/one.so.1.2'), '');
    symlinkSync('one.so.1.2', join(directory, 'usr/lib/one.so.1'));
    assert.deepEqual(
      withLinks(join(directory, 'lib/one.so.1')).map((path) => path.slice(directory.length)),
      ['/lib', '/usr/lib/one.so.1', '/usr/lib/one.so.1.2'],
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the libraries of programs are named once each', () => {
  const libraries = librariesOf(['/bin/sh', '/bin/cat']);
  assert.ok(libraries.some((path) => /\/libc\.so/.test(path)));
  assert.equal(new Set(libraries).size, libraries.length);
});
