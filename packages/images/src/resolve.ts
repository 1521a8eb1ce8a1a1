import { isKind } from '@wharf/kit';
import { type Digest, familiarString, isDigest, parseReference, type Reference, withDefaultTag } from '@wharf/spec';
import { fail } from './errors.ts';
import { type ImageTable, repositoryName } from './store/image-table.ts';

/** Digits of an ID: as many as the user likes. */
const HEX = /^(?:sha256:)?([0-9a-f]{1,64})$/;

/**
 * The image that a user means, in Docker's order: a full ID, then a name, then the beginning of an ID. Throws
 * NO_SUCH_IMAGE ("No such image: x:latest") and INVALID_REFERENCE. A beginning that several IDs have is no image.
 */
export function resolveImage(table: ImageTable, nameOrId: string): Digest {
  const full = /^[0-9a-f]{64}$/.test(nameOrId) ? `sha256:${nameOrId}` : nameOrId;
  if (isDigest(full)) {
    if (table.get(full)) return full;
    throw noSuchImage(full);
  }
  const reference = readName(nameOrId);
  const named = reference && table.lookup({ name: repositoryName(reference), ...withDefaultTag(reference) });
  if (named) return named;
  const hex = HEX.exec(nameOrId)?.[1];
  const found = hex === undefined ? [] : table.withPrefix(hex);
  if (found.length === 1 && found[0]) return found[0];
  throw noSuchImage(reference ? familiarString(withDefaultTag(reference)) : nameOrId);
}

/** True when the text names the image by its ID, in full or in part, rather than by a name. */
export function isIdPrefix(id: Digest, text: string): boolean {
  return id.startsWith(text) || id.slice('sha256:'.length).startsWith(text);
}

function readName(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    // "sha256:" and a part of an ID reads as a name as well; a text that is neither is the user's mistake.
    if (isKind(error, 'invalid') && HEX.test(text)) return undefined;
    throw error;
  }
}

function noSuchImage(name: string): Error {
  return fail('NO_SUCH_IMAGE', `No such image: ${name}`);
}
