import { fail } from '../../errors.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { containerId, forEachTarget } from '../for-each-target.ts';

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Stop one or more running containers',
  aliases: ['container stop', 'stop'],
  flags: {
    signal: flag.string('signal', 'Signal to send to the container', { short: 's' }),
    time: flag.int('time', 'Seconds to wait before killing the container', { deprecated: 'use --timeout instead' }),
    timeout: flag.int('timeout', 'Seconds to wait before killing the container', { short: 't' }),
  },
  args: minArgs(1),
  async run(ctx, args, flags, changed) {
    if (changed.has('time') && changed.has('timeout')) {
      throw fail('COMMAND_USAGE', 'conflicting options: cannot specify both --timeout and --time');
    }
    const timeout = changed.has('timeout') ? flags.timeout : changed.has('time') ? flags.time : undefined;
    const options = { signal: flags.signal, ...(timeout === undefined ? {} : { timeout }) };
    const client = await ctx.client();
    const stop = async (target: string) => client.containerStop(containerId(target), options);
    await forEachTarget(args, stop, (target) => ctx.stdout.write(`${target}\n`));
    return 0;
  },
});
