import { createFlags } from '../../create/flags.ts';
import { makeContainer, planContainer } from '../../create/make-container.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';

export const command = defineCommand({
  use: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  short: 'Create a new container',
  aliases: ['container create', 'create'],
  flags: createFlags,
  args: minArgs(1),
  interspersed: false,
  async run(ctx, args, flags, changed) {
    const body = planContainer(ctx, args, flags, changed);
    const client = await ctx.client();
    ctx.stdout.write(`${await makeContainer(ctx, client, body, flags)}\n`);
    return 0;
  },
});
