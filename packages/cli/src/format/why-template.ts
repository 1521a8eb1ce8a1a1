import { messageOf } from '@wharf/kit';
import { type WharfWhy } from '@wharf/spec';
import { decodeJson, parseJson, Template } from '@wharf/template';
import { exitError } from '../errors.ts';
import { dockerSchema } from './types/docker-types.ts';
import { WHY_TYPES } from './types/why-types.ts';

/** Exit status of a template that cannot be parsed. */
const BAD_TEMPLATE = 64;

/** `--format` of why: what a template prints. Throws what ends the command. */
export function whyTemplate(format: string, why: WharfWhy): string {
  let template: Template;
  try {
    template = new Template(format, { name: '' });
  } catch (cause) {
    throw exitError(`template parsing error: ${messageOf(cause)}`, BAD_TEMPLATE, cause);
  }
  return template.execute(decodeJson(parseJson(JSON.stringify(why)), dockerSchema(WHY_TYPES).type('wharf.Why')), {
    out: [],
  });
}
