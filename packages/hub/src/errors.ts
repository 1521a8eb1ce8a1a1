import { defineErrors } from '@wharf/kit';

export const { definitions, fail } = defineErrors({
  HUB_BLOB_UNKNOWN: { kind: 'not_found', description: 'The repository of the Hub has no blob with this digest.' },
  HUB_UPLOAD_INVALID: { kind: 'conflict', description: 'An upload to the Hub is in use or broke.' },
  HUB_UPLOAD_UNKNOWN: {
    kind: 'not_found',
    description: 'An upload to the Hub that never began, has ended or expired.',
  },
  HUB_UPLOAD_RANGE: { kind: 'invalid', description: 'A part of an upload does not begin where the last one ended.' },
  HUB_DIGEST_INVALID: {
    kind: 'invalid',
    description: 'A digest is malformed, unsupported or not that of the content.',
  },
  HUB_MANIFEST_BLOB_UNKNOWN: { kind: 'invalid', description: 'A pushed manifest names content the repository lacks.' },
  HUB_MANIFEST_INVALID: { kind: 'invalid', description: 'A pushed manifest breaks the image specification.' },
  HUB_MANIFEST_UNKNOWN: { kind: 'not_found', description: 'The repository of the Hub has no such tag or manifest.' },
  HUB_NAME_INVALID: { kind: 'invalid', description: 'A text that is not a repository name.' },
  HUB_NAME_UNKNOWN: { kind: 'not_found', description: 'The Hub has no repository of this name.' },
  HUB_SIZE_INVALID: { kind: 'invalid', description: 'The announced length of an upload is not its real one.' },
  HUB_TOO_LARGE: { kind: 'exhausted', description: 'A manifest or blob is larger than the Hub takes.' },
  HUB_TAG_INVALID: { kind: 'invalid', description: 'A text that is not a tag.' },
  HUB_PAGE_INVALID: { kind: 'invalid', description: 'A page size that is not a number.' },
  HUB_UNAUTHORIZED: { kind: 'unauthorized', description: 'The Hub wants credentials, or other ones.' },
  HUB_DENIED: { kind: 'forbidden', description: 'The Hub does not allow this to the user.' },
  HUB_UNSUPPORTED: { kind: 'not_implemented', description: 'The Hub does not offer this operation.' },
  HUB_RANGE: { kind: 'invalid', description: 'A wanted range lies outside the blob.' },
  HUB_TOO_MANY_REQUESTS: { kind: 'exhausted', description: 'The Hub allows no more requests of this client for now.' },
  HUB_NO_ENDPOINT: { kind: 'not_found', description: 'The Hub has nothing at this path.' },
  HUB_LAYOUT_INVALID: { kind: 'invalid', description: 'A directory to seed from is not an OCI image layout.' },
});

export type HubErrorCode = keyof typeof definitions;
