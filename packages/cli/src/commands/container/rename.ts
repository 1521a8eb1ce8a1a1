import { exitError } from '../../errors.ts';
import { exactArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';

export const command = defineCommand({
  use: 'CONTAINER NEW_NAME',
  short: 'Rename a container',
  aliases: ['container rename', 'rename'],
  flags: {},
  args: exactArgs(2),
  async run(ctx, args) {
    const [oldName = '', newName = ''] = args.map((name) => name.trim());
    if (oldName === '' || newName === '') throw exitError('Error: Neither old nor new names may be empty', 1);
    const client = await ctx.client();
    await client.containerRename(oldName, newName);
    return 0;
  },
});
