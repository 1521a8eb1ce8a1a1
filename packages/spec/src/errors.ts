import { defineErrors } from '@wharf/kit';

export const { definitions, fail } = defineErrors({
  INVALID_FILTER: { kind: 'invalid', description: 'A filters parameter is malformed or names an unknown filter.' },
});
