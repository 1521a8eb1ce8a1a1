import { defineErrors } from '@wharf/kit';

/** What can go wrong with a template. Messages are those of Go's text/template, which scripts match on. */
export const { definitions, fail } = defineErrors({
  TEMPLATE_SYNTAX: {
    kind: 'invalid',
    description: 'The text given to --format, or as a log tag, is not a valid template.',
  },
  TEMPLATE_EXECUTION: {
    kind: 'invalid',
    description: 'A template, of --format or of a log tag, asks for something the data does not have.',
  },
  TEMPLATE_FUNCTION: { kind: 'invalid', description: 'A function called by a template refused its arguments.' },
  TEMPLATE_LIMIT: { kind: 'exhausted', description: 'A template is too large, too deep or prints too much.' },
  JSON_INVALID: { kind: 'invalid', description: 'The engine answered with something that is not JSON.' },
});
