import { defineErrors } from '@wharf/kit';

export const { definitions: networkErrors, fail } = defineErrors({
  NETWORK_CONFLICT: { kind: 'conflict', description: 'Something on this machine stands where the network has to be.' },
  ADDRESSES_EXHAUSTED: {
    kind: 'exhausted',
    description: 'All addresses of a network, or all address pools, are taken.',
  },
  INVALID_NETWORK_SETTING: { kind: 'invalid', description: 'A name server, extra host or subnet that cannot be used.' },
  NO_SUCH_NETWORK: { kind: 'not_found', description: 'No network has this name or ID.' },
});
