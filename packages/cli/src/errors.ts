import { defineErrors, type WharfError } from '@wharf/kit';

/** Failures of the command line itself, as opposed to those that the engine reports. */
export const { definitions, fail } = defineErrors({
  FLAG_VALUE: { kind: 'invalid', description: 'The value of a command line flag is not understood.' },
  FLAG_SYNTAX: { kind: 'invalid', description: 'A command line flag is unknown, malformed or lacks its value.' },
  COMMAND_USAGE: { kind: 'invalid', description: 'The command is unknown or has the wrong number of arguments.' },
  COMMAND_FAILED: { kind: 'system', description: 'The command could not do what was asked; the message says why.' },
  TEMPLATE_EXECUTION: {
    kind: 'invalid',
    description: 'A template, of --format or of a log tag, asks for something the data does not have.',
  },
  INTERRUPTED: { kind: 'cancelled', description: 'The user interrupted three times and did not want to wait.' },
  OUTPUT_CLOSED: { kind: 'cancelled', description: 'The reader of the output went away.' },
});

/** A failure that ends the program with the given status. An empty message prints nothing. */
export function exitError(message: string, exitCode: number, cause?: unknown): WharfError {
  return fail('COMMAND_FAILED', message, { details: { exitCode }, ...(cause === undefined ? {} : { cause }) });
}
