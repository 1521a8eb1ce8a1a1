import { defineErrors } from '@wharf/kit';

/** What can go wrong with a `--format` template. Messages are those of Go's text/template, which scripts match on. */
export const { definitions, fail } = defineErrors({
  TEMPLATE_SYNTAX: { kind: 'invalid', description: 'The text given to --format is not a valid template.' },
  TEMPLATE_EXECUTION: {
    kind: 'invalid',
    description: 'A --format template asks for something the data does not have.',
  },
  TEMPLATE_FUNCTION: {
    kind: 'invalid',
    description: 'A function called by a --format template refused its arguments.',
  },
  TEMPLATE_LIMIT: { kind: 'exhausted', description: 'A --format template is too large, too deep or prints too much.' },
  JSON_INVALID: { kind: 'invalid', description: 'The engine answered with something that is not JSON.' },
});
