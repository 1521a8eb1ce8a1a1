import { alignTabs } from '../../format/tabwriter.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';

export const command = defineCommand({
  use: 'CONTAINER [ps OPTIONS]',
  short: 'Display the running processes of a container',
  aliases: ['container top', 'top'],
  flags: {},
  interspersed: false,
  args: minArgs(1),
  async run(ctx, args) {
    const [container = '', ...psArgs] = args;
    const client = await ctx.client();
    const { Titles = [], Processes = [] } = await client.containerTop(container, psArgs.join(' '));
    const lines = [Titles, ...Processes].map((row) => `${row.join('\t')}\n`).join('');
    ctx.stdout.write(alignTabs(lines, { minWidth: 20, padding: 3 }));
    return 0;
  },
});
