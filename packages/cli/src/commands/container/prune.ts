import { exitError } from '../../errors.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { filterQuery } from '../filter-flag.ts';
import {
  checkDryRun,
  confirm,
  dryRunFlag,
  forceFlag,
  pruneContainers,
  pruneFilterFlag,
  pruneReport,
} from '../prune.ts';

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Remove all stopped containers',
  flags: { dryRun: dryRunFlag, filter: pruneFilterFlag(), force: forceFlag },
  args: noArgs,
  async run(ctx, _args, { dryRun, filter, force }) {
    const agreed = force || dryRun || (await confirm(ctx, 'This will remove all stopped containers.'));
    // Docker's scripts see a declined prune as a success.
    if (!agreed) throw exitError('', 0);
    const client = await ctx.client();
    if (dryRun) await checkDryRun(client);
    ctx.stdout.write(pruneReport([await pruneContainers(client, { ...filterQuery(filter), dryRun })], dryRun));
    return 0;
  },
});
