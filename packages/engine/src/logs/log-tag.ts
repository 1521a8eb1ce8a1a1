import { messageOf } from '@wharf/kit';
import { Template } from '@wharf/template';
import { refuse } from '../containers/refuse.ts';
import { type LogInfo, logInfo } from './log-info.ts';

/** A tag is a few words: its bounds are far below those of a template that a client runs for itself. */
const LONGEST_TEMPLATE = 16 * 1024;
const LIMITS = { loops: 10_000, output: 64 * 1024 } as const;

/** Throws BAD_CONFIG in the words of Go for a tag that is no template. What it asks for is looked at at the start. */
export function checkLogTag(template: string): void {
  parse(template);
}

/** The tag of a log: a template of Go on Docker's `logger.Info`. Throws BAD_CONFIG in the words of Go. */
export function logTag(template: string, info: LogInfo): string {
  const parsed = parse(template);
  try {
    return parsed.execute(logInfo(info), { limits: LIMITS });
  } catch (error) {
    return refuse(messageOf(error));
  }
}

function parse(template: string): Template {
  if (template.length > LONGEST_TEMPLATE) refuse('template: log-tag: the template is too large');
  try {
    return new Template(template, { name: 'log-tag' });
  } catch (error) {
    return refuse(messageOf(error));
  }
}
