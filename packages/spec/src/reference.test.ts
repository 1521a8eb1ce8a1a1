import assert from 'node:assert/strict';
import { test } from 'node:test';
import { familiarName, familiarString, parseReference, referenceString, withDefaultTag } from './reference.ts';

const HEX = 'b'.repeat(64);

const normal: [string, string, string][] = [
  ['busybox', 'docker.io/library/busybox', 'busybox'],
  ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
  ['library/busybox', 'docker.io/library/busybox', 'busybox'],
  ['docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
  ['index.docker.io/me/app:x', 'docker.io/me/app:x', 'me/app:x'],
  ['docker.io/library/a/b', 'docker.io/library/a/b', 'library/a/b'],
  ['me/app', 'docker.io/me/app', 'me/app'],
  ['localhost/app', 'localhost/app', 'localhost/app'],
  ['localhost:5000/app:v1', 'localhost:5000/app:v1', 'localhost:5000/app:v1'],
  ['[::1]:5000/app', '[::1]:5000/app', '[::1]:5000/app'],
  ['quay.io/a/b/c:t', 'quay.io/a/b/c:t', 'quay.io/a/b/c:t'],
  ['UPPER/app', 'UPPER/app', 'UPPER/app'],
  ['a__b--c.d_e', 'docker.io/library/a__b--c.d_e', 'a__b--c.d_e'],
  [`busybox@sha256:${HEX}`, `docker.io/library/busybox@sha256:${HEX}`, `busybox@sha256:${HEX}`],
  [`r.io/x:t@sha256:${HEX}`, `r.io/x:t@sha256:${HEX}`, `r.io/x:t@sha256:${HEX}`],
];

test('names get their full form and lose it again when shown', () => {
  for (const [text, full, familiar] of normal) {
    const reference = parseReference(text);
    assert.equal(referenceString(reference), full, text);
    assert.equal(familiarString(reference), familiar, text);
    assert.deepEqual(parseReference(familiar), reference, text);
  }
});

test('what is not a name is refused with the words that Docker has for it', () => {
  const plain = ['', ':', 'a:', 'a@', '/a', 'a/', 'a//b', '-a', 'a-', 'a..b', 'a___b', 'a:b:c', 'a b', 'a@sha256:12'];
  for (const text of [
    ...plain,
    '../etc',
    'a/../b',
    'r.io/',
    `a:${'t'.repeat(129)}`,
    'a:-t',
    'x'.repeat(2000),
    '[::1/a',
  ]) {
    assert.throws(() => parseReference(text), { code: 'INVALID_REFERENCE', message: 'invalid reference format' }, text);
  }
  assert.throws(() => parseReference('Busybox'), {
    message: /repository name \(library\/Busybox\) must be lowercase$/,
  });
  assert.throws(() => parseReference(HEX), { message: /cannot specify 64-byte hexadecimal strings$/ });
  assert.throws(() => parseReference(`r.io/${'a'.repeat(256)}`), { message: /must not be more than 255 characters$/ });
});

test('a bad name is refused quickly however it is built', () => {
  for (const part of ['a-', 'a.', 'a_', '-', 'a-a']) {
    assert.throws(() => parseReference(`${part.repeat(1000 / part.length)}!`), { code: 'INVALID_REFERENCE' });
  }
});

test('the default tag is added only where nothing else is chosen', () => {
  assert.equal(withDefaultTag(parseReference('a')).tag, 'latest');
  assert.equal(withDefaultTag(parseReference('a:b')).tag, 'b');
  assert.equal(withDefaultTag(parseReference(`a@sha256:${HEX}`)).tag, undefined);
  assert.equal(familiarName(parseReference('localhost:5000/a:b')), 'localhost:5000/a');
});
