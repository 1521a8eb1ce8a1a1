import { defineErrors } from '@wharf/kit';

export const { definitions, fail } = defineErrors({
  INVALID_FILTER: { kind: 'invalid', description: 'A filters parameter is malformed or names an unknown filter.' },
  INVALID_REFERENCE: { kind: 'invalid', description: 'A text that is not the name of an image.' },
  INVALID_DIGEST: { kind: 'invalid', description: 'A text that is not a SHA-256 or SHA-512 digest.' },
  INVALID_IMAGE_DOCUMENT: {
    kind: 'invalid',
    description: 'A manifest, index or image configuration that breaks the image specification.',
  },
  SIZE_INVALID: { kind: 'invalid', description: 'A text that is not a size, such as 512m or 1.5GB.' },
  DURATION_INVALID: { kind: 'invalid', description: 'A text that is not a duration, such as 1h30m or 10s.' },
  TIMESTAMP_INVALID: {
    kind: 'invalid',
    description: 'A text that is neither a time, a duration nor a Unix timestamp.',
  },
});
