import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { containerId, forEachTarget } from '../for-each-target.ts';

export const command = defineCommand({
  use: 'CONTAINER [CONTAINER...]',
  short: 'Block until one or more containers stop, then print their exit codes',
  aliases: ['container wait', 'wait'],
  flags: {},
  args: minArgs(1),
  async run(ctx, args) {
    const client = await ctx.client();
    const wait = async (target: string): Promise<number> => {
      const { result } = await client.containerWait(containerId(target));
      return (await result).StatusCode;
    };
    await forEachTarget(args, wait, (_, status) => ctx.stdout.write(`${status}\n`), 1);
    return 0;
  },
});
