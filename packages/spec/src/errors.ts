import { defineErrors } from '@wharf/kit';

export const { definitions, fail } = defineErrors({
  INVALID_FILTER: { kind: 'invalid', description: 'A filters parameter is malformed or names an unknown filter.' },
  INVALID_REFERENCE: { kind: 'invalid', description: 'A text that is not the name of an image.' },
  INVALID_DIGEST: { kind: 'invalid', description: 'A text that is not a SHA-256 digest.' },
  INVALID_IMAGE_DOCUMENT: {
    kind: 'invalid',
    description: 'A manifest, index or image configuration that breaks the image specification.',
  },
});
