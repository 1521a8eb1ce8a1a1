import { defineErrors } from '@wharf/kit';

export const { definitions: registryErrors, fail } = defineErrors({
  REGISTRY_UNAVAILABLE: { kind: 'unavailable', description: 'No endpoint of the registry can be reached or used.' },
});
