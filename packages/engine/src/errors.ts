import { defineErrors } from '@wharf/kit';

export const { definitions: engineErrors, fail } = defineErrors({
  NO_SUCH_CONTAINER: { kind: 'not_found', description: 'No container has that name or ID.' },
  AMBIGUOUS_CONTAINER: { kind: 'invalid', description: 'The beginning of an ID fits several containers.' },
  NAME_IN_USE: { kind: 'conflict', description: 'Another container has the name.' },
  BAD_NAME: { kind: 'invalid', description: 'The container name has characters that are not allowed.' },
  BAD_CONFIG: { kind: 'invalid', description: 'A field of the create request has a value that cannot be used.' },
  NOT_SUPPORTED: { kind: 'invalid', description: 'The request asks for something that this version cannot do yet.' },
  ALREADY_STARTED: { kind: 'not_modified', description: 'The container runs already.' },
  ALREADY_STOPPED: { kind: 'not_modified', description: 'The container does not run.' },
  NOT_RUNNING: { kind: 'conflict', description: 'The operation needs a running container.' },
  STILL_RUNNING: { kind: 'conflict', description: 'The operation needs a stopped container.' },
  ALREADY_PAUSED: { kind: 'conflict', description: 'The container is paused already.' },
  PAUSED: { kind: 'conflict', description: 'The operation needs a container that is not paused.' },
  NOT_PAUSED: { kind: 'system', description: 'The container is not paused.' },
  FREEZER_FAILED: { kind: 'system', description: 'The kernel did not freeze or thaw the container.' },
  PRUNE_RUNNING: { kind: 'conflict', description: 'Another request is pruning the same kind of thing.' },
  REMOVAL_IN_PROGRESS: { kind: 'conflict', description: 'The container is being removed.' },
  NO_SUCH_USER: { kind: 'invalid', description: 'The image knows no user or group of that name.' },
  WAIT_CANCELLED: { kind: 'cancelled', description: 'The client that waited is gone.' },
  LINKED_TOO_DEEPLY: { kind: 'invalid', description: 'A path in the image goes through too many symbolic links.' },
  ENGINE_RUNNING: { kind: 'conflict', description: 'Another engine uses the same data root.' },
});
