import { defineErrors } from '@wharf/kit';

export const { definitions: linuxErrors, fail } = defineErrors({
  OPERATION_FAILED: { kind: 'system', description: 'The kernel refused one step of a cell program.' },
  CELL_LOST: { kind: 'system', description: 'A cell ended or broke its connection before it had answered.' },
  UNKNOWN_CAPABILITY: { kind: 'invalid', description: 'A capability name that Linux does not have.' },
  INVALID_SECCOMP_PROFILE: { kind: 'invalid', description: 'A seccomp profile that cannot be compiled to a filter.' },
  CGROUPS_UNUSABLE: { kind: 'system', description: 'The control groups of this machine cannot be used.' },
  INVALID_RESOURCES: {
    kind: 'invalid',
    description: 'Resource limits that contradict each other or are out of range.',
  },
  INVALID_ADDRESS: { kind: 'invalid', description: 'An address or interface name that the network cannot have.' },
  HOST_USER_FAILED: { kind: 'system', description: 'A program of the host that changes its users failed.' },
  DECOMPRESS_FAILED: { kind: 'system', description: 'A program of the host that decompresses is missing, or failed.' },
  HOST_PS_FAILED: { kind: 'system', description: 'The program ps of the host failed; the message is its own.' },
});
