import { messageOf } from '@wharf/kit';
import { parseTimestamp } from '@wharf/spec';
import { exitError } from '../../errors.ts';
import { eventText } from '../../format/event-text.ts';
import { OBJECT_FORMAT_HELP } from '../../format/help.ts';
import { localOffset } from '../../format/local-time.ts';
import type { ObjectFormat } from '../../format/object-format.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { filterFlag, filterQuery } from '../filter-flag.ts';

/** Exit status of a template that cannot be used. */
const BAD_TEMPLATE = 64;

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Get real time events from the server',
  aliases: ['system events', 'events'],
  flags: {
    since: flag.string('since', 'Show all events created since timestamp'),
    until: flag.string('until', 'Stream events until this timestamp'),
    filter: filterFlag(),
    format: flag.string('format', OBJECT_FORMAT_HELP),
  },
  args: noArgs,
  async run(ctx, _args, { since, until, filter, format }) {
    const template = format === '' ? undefined : await parse(format);
    const now = Date.now();
    const timestamp = (text: string): string => (text === '' ? '' : parseTimestamp(text, now, localOffset(now)));
    const query = { since: timestamp(since), until: timestamp(until), ...filterQuery(filter) };
    const client = await ctx.client();
    for await (const line of client.rawLines('/events', query)) {
      if (template === undefined) ctx.stdout.write(eventText(line));
      else ctx.stdout.write(`${template.print(line, 'events.Message')}\n`);
    }
    return 0;
  },
});

/** Tries the template on an empty event before the engine is asked. */
async function parse(format: string): Promise<ObjectFormat> {
  const { ObjectFormat } = await import('../../format/object-format.ts');
  try {
    const template = new ObjectFormat(format);
    template.print('{}', '*events.Message');
    return template;
  } catch (cause) {
    throw exitError(`Error parsing format: ${messageOf(cause)}`, BAD_TEMPLATE, cause);
  }
}
