import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { containerId, forEachTarget } from '../for-each-target.ts';

export const command = defineCommand({
  use: 'CONTAINER [CONTAINER...]',
  short: 'Pause all processes within one or more containers',
  aliases: ['container pause', 'pause'],
  flags: {},
  args: minArgs(1),
  async run(ctx, args) {
    const client = await ctx.client();
    const pause = async (target: string) => client.containerPause(containerId(target));
    await forEachTarget(args, pause, (target) => ctx.stdout.write(`${target}\n`));
    return 0;
  },
});
