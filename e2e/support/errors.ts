import { defineErrors } from '@wharf/kit';

/** What can go wrong while the end-to-end tests prepare themselves. */
export const { definitions, fail } = defineErrors({
  E2E_LAYOUT: { kind: 'data_loss', description: 'An image layout that a test needs is not as it should be.' },
  E2E_NO_PORT: { kind: 'unavailable', description: 'A test found no free port on the loopback interface.' },
  E2E_REGISTRY: { kind: 'system', description: "Debian's docker-registry, which a test needs, did not start." },
});
