import { defineErrors } from '@wharf/kit';

export const { definitions, fail } = defineErrors({
  REGISTRY_UNAVAILABLE: { kind: 'system', description: 'No endpoint of the registry can be reached or used.' },
  REGISTRY_UNREACHABLE: { kind: 'system', description: 'A registry cannot be reached, or the connection broke.' },
  REGISTRY_REFUSED: { kind: 'system', description: 'A registry answered with a failure of its own.' },
  REGISTRY_PROTOCOL: { kind: 'system', description: 'A registry answered with something the protocol does not allow.' },
  REGISTRY_RATE_LIMIT: { kind: 'exhausted', description: 'A registry allows no more requests for now.' },
  REGISTRY_UNAUTHORIZED: { kind: 'unauthorized', description: 'A registry wants credentials, or other ones.' },
  REGISTRY_DENIED: { kind: 'forbidden', description: 'A registry does not allow the request to this user.' },
  PULL_UNAUTHORIZED: {
    kind: 'system',
    description:
      'A registry wants credentials for a pull, or other ones. No refusal of the engine: Docker answers 500.',
  },
  IMAGE_ACCESS_DENIED: { kind: 'not_found', description: 'A repository does not exist or is not shown to this user.' },
  MANIFEST_NOT_FOUND: { kind: 'not_found', description: 'A registry has no image with this tag or digest.' },
  REPOSITORY_NOT_FOUND: { kind: 'not_found', description: 'A registry has no repository of this name.' },
  REMOTE_BLOB_NOT_FOUND: { kind: 'not_found', description: 'A registry does not have a blob that an image needs.' },
  MANIFEST_UNVERIFIED: { kind: 'data_loss', description: 'A manifest is not the one that its digest names.' },
  MANIFEST_UNSUPPORTED: { kind: 'invalid', description: 'A manifest of a type or size that cannot be used.' },
  INVALID_REGISTRY_SETTING: {
    kind: 'invalid',
    description: 'A mirror or insecure registry that is malformed in the configuration.',
  },
  REQUEST_CANCELLED: { kind: 'cancelled', description: 'The request to the registry was given up by the caller.' },
});
