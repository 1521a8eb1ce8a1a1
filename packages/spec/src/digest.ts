import { fail } from './errors.ts';

/** The digest of a blob: `sha256:` and 64 lower-case hexadecimal digits (OCI image-spec, descriptor, "Digests"). */
export type Digest = `sha256:${string}`;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** True when `text` is a digest that Wharf can verify. Other algorithms are not supported. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** Returns `text` as a digest. Throws INVALID_DIGEST (kind invalid). */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw fail(
    'INVALID_DIGEST',
    text.startsWith('sha256:') ? 'invalid checksum digest format' : 'unsupported digest algorithm',
  );
}

/** The 64 hexadecimal digits of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
