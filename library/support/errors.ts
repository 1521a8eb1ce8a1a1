import { defineErrors } from '@wharf/kit';

/** What can go wrong while an image of the library is built. */
export const { definitions, fail } = defineErrors({
  LIBRARY_UNKNOWN_IMAGE: { kind: 'not_found', description: 'The library has no recipe of this name.' },
  LIBRARY_TOOL_MISSING: { kind: 'unavailable', description: 'A program that a recipe needs is not installed.' },
  LIBRARY_TOOL_FAILED: { kind: 'system', description: 'A program that a recipe runs ended with an error.' },
  LIBRARY_PACKAGES_UNREACHABLE: {
    kind: 'unavailable',
    description: 'The Debian packages of a recipe are not in the cache and cannot be downloaded.',
  },
  LIBRARY_BAD_TREE: { kind: 'invalid', description: 'A recipe adds a file to a path that cannot hold it.' },
  LIBRARY_UNSUPPORTED: { kind: 'not_implemented', description: 'A recipe does not know this processor architecture.' },
});
