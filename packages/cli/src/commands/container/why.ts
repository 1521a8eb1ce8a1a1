import { exitError } from '../../errors.ts';
import { OBJECT_FORMAT_HELP } from '../../format/help.ts';
import { whyText } from '../../format/why-text.ts';
import { exactArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { containerId } from '../for-each-target.ts';

const MOST_LINES = 100;

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER',
  short: 'Tell why a container ended, restarts, is unhealthy, or could not start [not in Docker]',
  aliases: ['container why', 'why'],
  flags: {
    format: flag.string('format', OBJECT_FORMAT_HELP, { short: 'f' }),
    tail: flag.int('tail', 'Lines of its last output to show (0 to 100)', { short: 'n', initial: 5 }),
  },
  args: exactArgs(1),
  async run(ctx, args, { format, tail }) {
    if (tail < 0 || tail > MOST_LINES) throw exitError(`--tail must be from 0 to ${MOST_LINES}`, 1);
    const client = await ctx.client();
    const why = await client.containerWhy(containerId(args[0] ?? ''), { tail });
    if (format === '') ctx.stdout.write(whyText(why, Date.now()));
    else if (format === 'json') ctx.stdout.write(`${JSON.stringify(why)}\n`);
    else {
      const { whyTemplate } = await import('../../format/why-template.ts');
      ctx.stdout.write(`${whyTemplate(format, why)}\n`);
    }
    return 0;
  },
});
