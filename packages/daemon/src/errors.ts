import { defineErrors } from '@wharf/kit';

export const { definitions: daemonErrors, fail } = defineErrors({
  BAD_OPTION: { kind: 'invalid', description: 'An option of the engine has a value that cannot be used.' },
  HUB_ADDRESS: { kind: 'system', description: 'The embedded Hub cannot listen on the port that it was given.' },
  NOT_ROOT: { kind: 'forbidden', description: 'The engine needs root, because it makes namespaces and mounts.' },
});
