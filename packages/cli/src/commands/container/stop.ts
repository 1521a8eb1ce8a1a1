import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { containerId, forEachTarget } from '../for-each-target.ts';
import { stopFlags, stopOptions } from '../stop-options.ts';

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Stop one or more running containers',
  aliases: ['container stop', 'stop'],
  flags: stopFlags,
  args: minArgs(1),
  async run(ctx, args, flags, changed) {
    const options = stopOptions(flags, changed);
    const client = await ctx.client();
    const stop = async (target: string) => client.containerStop(containerId(target), options);
    await forEachTarget(args, stop, (target) => ctx.stdout.write(`${target}\n`));
    return 0;
  },
});
