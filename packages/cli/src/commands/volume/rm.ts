import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { forEachTarget } from '../for-each-target.ts';

export const command = defineCommand({
  use: '[OPTIONS] VOLUME [VOLUME...]',
  short: 'Remove one or more volumes',
  long: 'Remove one or more volumes. You cannot remove a volume that is in use by a container.',
  aliases: ['volume rm', 'volume remove'],
  flags: { force: flag.bool('force', 'Force the removal of one or more volumes', { short: 'f' }) },
  args: minArgs(1),
  async run(ctx, args, { force }) {
    const client = await ctx.client();
    const remove = (name: string): Promise<void> => client.volumeRemove(name, { force });
    await forEachTarget(args, remove, (name) => ctx.stdout.write(`${name}\n`), 1);
    return 0;
  },
});
