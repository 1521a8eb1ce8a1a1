import { defineErrors } from '@wharf/kit';

/** What can go wrong while the end-to-end tests prepare themselves. */
export const { definitions, fail } = defineErrors({
  E2E_LAYOUT: { kind: 'data_loss', description: 'An image layout that a test needs is not as it should be.' },
});
