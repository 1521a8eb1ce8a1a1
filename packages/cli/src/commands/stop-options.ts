import { fail } from '../errors.ts';
import { flag } from '../framework/kinds.ts';

/** The flags of the verbs that stop containers. */
export const stopFlags = {
  signal: flag.string('signal', 'Signal to send to the container', { short: 's' }),
  time: flag.int('time', 'Seconds to wait before killing the container', { deprecated: 'use --timeout instead' }),
  timeout: flag.int('timeout', 'Seconds to wait before killing the container', { short: 't' }),
};

/** What they ask of the API: no timeout means the container's own. Throws COMMAND_USAGE. */
export function stopOptions(
  flags: { readonly signal: string; readonly time: number; readonly timeout: number },
  changed: ReadonlySet<string>,
): { signal: string; timeout?: number } {
  if (changed.has('time') && changed.has('timeout')) {
    throw fail('COMMAND_USAGE', 'conflicting options: cannot specify both --timeout and --time');
  }
  const timeout = changed.has('timeout') ? flags.timeout : changed.has('time') ? flags.time : undefined;
  return { signal: flags.signal, ...(timeout === undefined ? {} : { timeout }) };
}
