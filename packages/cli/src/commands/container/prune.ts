import { exitError } from '../../errors.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { filterQuery } from '../filter-flag.ts';
import { confirm, forceFlag, pruneFilterFlag, pruneReport } from '../prune.ts';

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Remove all stopped containers',
  flags: { filter: pruneFilterFlag(), force: forceFlag },
  args: noArgs,
  async run(ctx, _args, { filter, force }) {
    const agreed = force || (await confirm(ctx, 'This will remove all stopped containers.'));
    // Docker's scripts see a declined prune as a success.
    if (!agreed) throw exitError('', 0);
    const client = await ctx.client();
    const report = await client.containerPrune(filterQuery(filter));
    ctx.stdout.write(pruneReport('Deleted Containers:', report.ContainersDeleted ?? [], report.SpaceReclaimed));
    return 0;
  },
});
