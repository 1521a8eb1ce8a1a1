import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCode } from '@wharf/kit';
import { parseFlags } from './flags.ts';

const KINDS = { root: 'value', debug: 'flag', env: 'list' } as const;

test('one dash or two, values behind = or as the next word, lists, other names', () => {
  const flags = parseFlags(['-root', '/a', '--debug', '-e', 'A=1', '--env=B=2', 'id', '--root', 'x'], KINDS, {
    e: 'env',
  });
  assert.equal(flags.text('root'), '/a');
  assert.equal(flags.has('debug'), true);
  assert.deepEqual(flags.list('env'), ['A=1', 'B=2']);
  assert.equal(flags.id, 'id');
  assert.deepEqual(flags.rest, ['id', '--root', 'x']);
});

test('the last value counts, an empty one is none, false switches off', () => {
  const flags = parseFlags(['--root=/a', '--root=', '--debug=false', '--', '-x'], KINDS);
  assert.equal(flags.text('root'), undefined);
  assert.equal(flags.has('debug'), false);
  assert.deepEqual(flags.rest, ['-x']);
});

test('what is not known, or has no value, is refused', () => {
  const refused = (...args: string[]) =>
    assert.throws(
      () => parseFlags(args, KINDS),
      (error) => isCode(error, 'OCI_USAGE'),
    );
  refused('--other');
  refused('--constructor=x');
  refused('--root');
  assert.throws(
    () => parseFlags([], KINDS).id,
    (error) => isCode(error, 'OCI_USAGE'),
  );
});
