import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestHex, isDigest, parseDigest } from './digest.ts';

const HEX = '0123456789abcdef'.repeat(4);

test('only complete lower-case SHA-256 digests are digests', () => {
  assert.equal(digestHex(parseDigest(`sha256:${HEX}`)), HEX);
  for (const text of ['', 'sha256:', `sha256:${HEX}0`, `sha256:${HEX.toUpperCase()}`, `SHA256:${HEX}`, HEX, 7, null]) {
    assert.equal(isDigest(text), false);
  }
  assert.throws(() => parseDigest('sha256:12'), { message: 'invalid checksum digest format', kind: 'invalid' });
  assert.throws(() => parseDigest(`sha512:${HEX}${HEX}`), { message: 'unsupported digest algorithm' });
  assert.throws(() => parseDigest(`sha256:${HEX}\n`), { code: 'INVALID_DIGEST' });
});
