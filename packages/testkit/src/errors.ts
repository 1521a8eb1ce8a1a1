import { defineErrors } from '@wharf/kit';

/** What can go wrong in the test harness itself. */
export const { definitions, fail } = defineErrors({
  TEST_TIMEOUT: { kind: 'deadline', description: 'A test waited for something that did not happen in time.' },
  TEST_COMMAND_FAILED: { kind: 'system', description: 'A command that a test needs to succeed has failed.' },
  TEST_ENGINE_FAILED: { kind: 'system', description: 'The engine under test did not start or stop as it should.' },
  TEST_LEAK: { kind: 'system', description: 'The engine under test has left something on the host.' },
});
