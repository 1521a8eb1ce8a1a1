import { fail } from './errors.ts';

/**
 * The digest of a blob: the algorithm and lower-case hexadecimal digits (OCI image-spec, descriptor, "Digests"). Images
 * are made with SHA-256; SHA-512 is understood everywhere.
 */
export type Digest = `sha256:${string}` | `sha512:${string}`;

/** The algorithms that the image-spec registers and Wharf can verify; the names are also Node's. */
export type DigestAlgorithm = 'sha256' | 'sha512';

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** True when `text` is a digest that Wharf can verify. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** Returns `text` as a digest. Throws INVALID_DIGEST (kind invalid). */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const isKnown = text.startsWith('sha256:') || text.startsWith('sha512:');
  throw fail('INVALID_DIGEST', isKnown ? 'invalid checksum digest format' : 'unsupported digest algorithm');
}

/** The algorithm of a digest. */
export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hexadecimal digits of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}
