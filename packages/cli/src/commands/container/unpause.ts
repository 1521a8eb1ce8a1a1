import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { containerId, forEachTarget } from '../for-each-target.ts';

export const command = defineCommand({
  use: 'CONTAINER [CONTAINER...]',
  short: 'Unpause all processes within one or more containers',
  aliases: ['container unpause', 'unpause'],
  flags: {},
  args: minArgs(1),
  async run(ctx, args) {
    const client = await ctx.client();
    const unpause = async (target: string) => client.containerUnpause(containerId(target));
    await forEachTarget(args, unpause, (target) => ctx.stdout.write(`${target}\n`));
    return 0;
  },
});
