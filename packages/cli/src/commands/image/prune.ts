import { exitError } from '../../errors.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { filterQuery, withFilter } from '../filter-flag.ts';
import { confirm, forceFlag, pruneFilterFlag, pruneReport } from '../prune.ts';

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Remove unused images',
  flags: {
    all: flag.bool('all', 'Remove all unused images, not just dangling ones', { short: 'a' }),
    filter: pruneFilterFlag(),
    force: forceFlag,
  },
  args: noArgs,
  async run(ctx, _args, { all, filter, force }) {
    const which = all ? 'all images without at least one container associated to them' : 'all dangling images';
    const agreed = force || (await confirm(ctx, `This will remove ${which}.`));
    if (!agreed) throw exitError('', 0);
    const client = await ctx.client();
    const report = await client.imagePrune(filterQuery(withFilter(filter, 'dangling', String(!all))));
    const lines = (report.ImagesDeleted ?? []).map(({ Untagged, Deleted }) =>
      Untagged ? `untagged: ${Untagged}` : `deleted: ${Deleted ?? ''}`,
    );
    ctx.stdout.write(pruneReport('Deleted Images:', lines, report.SpaceReclaimed));
    return 0;
  },
});
