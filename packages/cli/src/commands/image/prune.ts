import { exitError } from '../../errors.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { checkDryRun, confirm, dryRunFlag, forceFlag, pruneFilterFlag, pruneImages, pruneReport } from '../prune.ts';

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Remove unused images',
  flags: {
    all: flag.bool('all', 'Remove all unused images, not just dangling ones', { short: 'a' }),
    dryRun: dryRunFlag,
    filter: pruneFilterFlag(),
    force: forceFlag,
  },
  args: noArgs,
  async run(ctx, _args, { all, dryRun, filter, force }) {
    const which = all ? 'all images without at least one container associated to them' : 'all dangling images';
    const agreed = force || dryRun || (await confirm(ctx, `This will remove ${which}.`));
    if (!agreed) throw exitError('', 0);
    const client = await ctx.client();
    if (dryRun) await checkDryRun(client);
    ctx.stdout.write(pruneReport([await pruneImages(client, filter, all, { dryRun })], dryRun));
    return 0;
  },
});
