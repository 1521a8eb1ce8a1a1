import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestAlgorithm, digestHex, isDigest, parseDigest } from './digest.ts';

const HEX = '0123456789abcdef'.repeat(4);

test('only complete lower-case digests of known algorithms are digests', () => {
  assert.equal(digestHex(parseDigest(`sha256:${HEX}`)), HEX);
  const long = parseDigest(`sha512:${HEX}${HEX}`);
  assert.deepEqual([digestAlgorithm(long), digestHex(long)], ['sha512', HEX + HEX]);
  for (const text of [
    '',
    `sha512:${HEX}`,
    'sha256:',
    `sha256:${HEX}0`,
    `sha256:${HEX.toUpperCase()}`,
    `SHA256:${HEX}`,
    HEX,
    7,
    null,
  ]) {
    assert.equal(isDigest(text), false);
  }
  assert.throws(() => parseDigest('sha256:12'), { message: 'invalid checksum digest format', kind: 'invalid' });
  assert.throws(() => parseDigest(`md5:${HEX.slice(32)}`), { message: 'unsupported digest algorithm' });
  assert.throws(() => parseDigest(`sha256:${HEX}\n`), { code: 'INVALID_DIGEST' });
});
