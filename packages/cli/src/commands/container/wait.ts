import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { forEachTarget } from '../for-each-target.ts';

export const command = defineCommand({
  use: 'CONTAINER [CONTAINER...]',
  short: 'Block until one or more containers stop, then print their exit codes',
  aliases: ['container wait', 'wait'],
  flags: {},
  args: minArgs(1),
  async run(ctx, args) {
    const client = await ctx.client();
    await forEachTarget(args, async (id) => {
      const { result } = await client.containerWait(id);
      const { StatusCode } = await result;
      ctx.stdout.write(`${StatusCode}\n`);
    });
    return 0;
  },
});
