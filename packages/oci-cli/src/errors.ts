import { defineErrors } from '@wharf/kit';

export const { definitions: ociCliErrors, fail } = defineErrors({
  OCI_USAGE: { kind: 'invalid', description: 'wharf-oci was called with options that it does not know.' },
  OCI_CONFIG: { kind: 'invalid', description: 'The config.json of a bundle cannot be used.' },
  OCI_CONTAINER_EXISTS: { kind: 'conflict', description: 'wharf-oci has a container with that ID already.' },
  OCI_NO_CONTAINER: { kind: 'not_found', description: 'wharf-oci has no container with that ID.' },
  OCI_WRONG_STATE: { kind: 'conflict', description: 'The container is in a state that the command does not go with.' },
  OCI_START: { kind: 'system', description: 'A container, or a further process of one, could not be made.' },
});
