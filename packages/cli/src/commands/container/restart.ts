import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { containerId, forEachTarget } from '../for-each-target.ts';
import { stopFlags, stopOptions } from '../stop-options.ts';

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Restart one or more containers',
  aliases: ['container restart', 'restart'],
  flags: stopFlags,
  args: minArgs(1),
  async run(ctx, args, flags, changed) {
    const options = stopOptions(flags, changed);
    const client = await ctx.client();
    const restart = async (target: string) => client.containerRestart(containerId(target), options);
    await forEachTarget(args, restart, (target) => ctx.stdout.write(`${target}\n`));
    return 0;
  },
});
