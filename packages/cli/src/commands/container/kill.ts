import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { containerId, forEachTarget } from '../for-each-target.ts';

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Kill one or more running containers',
  aliases: ['container kill', 'kill'],
  flags: { signal: flag.string('signal', 'Signal to send to the container', { short: 's' }) },
  args: minArgs(1),
  async run(ctx, args, { signal }) {
    const client = await ctx.client();
    const kill = async (target: string) => client.containerKill(containerId(target), { signal });
    await forEachTarget(args, kill, (target) => ctx.stdout.write(`${target}\n`));
    return 0;
  },
});
