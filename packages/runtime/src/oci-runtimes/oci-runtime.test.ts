import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isCode } from '@wharf/kit';
import { OciRuntimes, parseRuntime } from './oci-runtime.ts';
import { lastError } from './runtime-log.ts';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'wharf-runtimes-'));
  writeFileSync(join(directory, 'runc'), '#!/bin/sh\n');
  chmodSync(join(directory, 'runc'), 0o755);
});
after(() => rmSync(directory, { recursive: true }));

test('settings are names, paths and arguments', () => {
  assert.deepEqual(parseRuntime('mine=/opt/mine,--debug,a=b'), {
    name: 'mine',
    path: '/opt/mine',
    args: ['--debug', 'a=b'],
  });
  for (const wrong of ['mine', '=x', 'a b=/x', 'wharf=/x', 'mine=']) {
    assert.throws(
      () => parseRuntime(wrong),
      (error) => isCode(error, 'BAD_RUNTIME'),
    );
  }
});

test('our own is the default; runc is known where it is installed, others when they are added', () => {
  const runtimes = new OciRuntimes({ added: [parseRuntime('mine=/no/such,--x')], search: directory });
  assert.equal(runtimes.default, 'wharf');
  assert.equal(runtimes.foreign(''), undefined);
  assert.equal(runtimes.foreign('wharf'), undefined);
  assert.deepEqual(runtimes.foreign('runc'), { name: 'runc', path: join(directory, 'runc'), args: [] });
  assert.equal(runtimes.foreign('mine')?.path, '/no/such');
  assert.throws(
    () => runtimes.foreign('crun'),
    (error) => isCode(error, 'UNKNOWN_RUNTIME') && /unknown or invalid runtime name: crun/.test(String(error)),
  );
  const list = { runc: { path: 'runc' }, mine: { path: '/no/such', runtimeArgs: ['--x'] }, wharf: { path: 'cell' } };
  assert.deepEqual(runtimes.list(), list);
});

test('a default that is not there is refused at once', () => {
  assert.throws(
    () => new OciRuntimes({ added: [], default: 'crun', search: directory }),
    (error) => isCode(error, 'UNKNOWN_RUNTIME'),
  );
});

test('the last error of a runtime’s log, among lines of other kinds', () => {
  const file = join(directory, 'log');
  assert.equal(lastError(file), undefined);
  writeFileSync(
    file,
    'plain\n{"level":"error","msg":"first"}\n{"level":"debug","msg":"x"}\n{"level":"error","msg":"last"}\n{',
  );
  assert.equal(lastError(file), 'last');
});
