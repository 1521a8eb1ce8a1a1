import { defineErrors } from '@wharf/kit';

export const { definitions: daemonErrors, fail } = defineErrors({
  BAD_OPTION: { kind: 'invalid', description: 'An option of the engine has a value that cannot be used.' },
  NOT_ROOT: { kind: 'forbidden', description: 'The engine needs root, because it makes namespaces and mounts.' },
});
