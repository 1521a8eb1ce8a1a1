import { defineErrors } from '@wharf/kit';

/** What can go wrong in a benchmark. */
export const { definitions, fail } = defineErrors({
  BENCH_COMMAND_FAILED: {
    kind: 'system',
    description: 'A command of a benchmark has failed, so there is no time to tell.',
  },
  BENCH_REQUEST_FAILED: {
    kind: 'system',
    description: 'A request of a benchmark has failed, so there is no time to tell.',
  },
});
