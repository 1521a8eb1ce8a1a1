import { fail } from '../errors.ts';
import type { Flag } from '../framework/flag.ts';
import { flag } from '../framework/kinds.ts';
import type { ExplainForm } from './explanation.ts';

/** `--explain`, which may stand alone; empty when it was not given. */
export function explainFlag(): Flag<ExplainForm | ''> {
  const usage = 'Tell on standard error what happens until the program runs, with times (text, json) [not in Docker]';
  const parse = (text: string): ExplainForm => {
    if (text !== 'text' && text !== 'json') throw fail('FLAG_VALUE', 'must be text or json');
    return text;
  };
  return { ...flag.custom<ExplainForm | ''>('explain', usage, 'string', '', parse), bare: 'text' };
}
