import { defineErrors } from '@wharf/kit';

export const { definitions: runtimeErrors, fail } = defineErrors({
  COMMAND_NOT_FOUND: {
    kind: 'invalid',
    description: 'The command of the container is not in its image (exit code 127).',
  },
  COMMAND_NOT_EXECUTABLE: {
    kind: 'invalid',
    description: 'The command of the container cannot be executed (exit code 126).',
  },
  START_FAILED: { kind: 'system', description: 'The kernel refused a step of the container start.' },
  HOOK_FAILED: { kind: 'system', description: 'A program that is to be run while a container is made failed.' },
  BAD_MOUNT_OPTION: { kind: 'invalid', description: 'A mount option is not known or contradicts the others.' },
  BAD_RUNTIME: { kind: 'invalid', description: 'A setting about OCI runtimes cannot be used.' },
  UNKNOWN_RUNTIME: { kind: 'invalid', description: 'The engine has no OCI runtime of that name.' },
  CONTAINER_LOST: { kind: 'system', description: 'The monitor of a container is gone and left no exit record.' },
});
