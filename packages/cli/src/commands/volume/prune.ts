import { exitError } from '../../errors.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { filterQuery, withFilter } from '../filter-flag.ts';
import { checkDryRun, confirm, dryRunFlag, forceFlag, pruneFilterFlag, pruneReport } from '../prune.ts';

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Remove unused local volumes',
  flags: {
    all: flag.bool('all', 'Remove all unused volumes, not just anonymous ones', { short: 'a' }),
    dryRun: dryRunFlag,
    filter: { ...pruneFilterFlag(), usage: 'Provide filter values (e.g. "label=<label>")' },
    force: forceFlag,
  },
  args: noArgs,
  async run(ctx, _args, { all, dryRun, filter, force }) {
    if (all && filter.has('all')) {
      throw exitError('conflicting options: cannot specify both --all and --filter all=1', 1);
    }
    const which = `This will remove ${all ? 'all' : 'anonymous'} local volumes not used by at least one container.`;
    const agreed = force || dryRun || (await confirm(ctx, which));
    if (!agreed) throw exitError('', 0);
    const client = await ctx.client();
    if (dryRun) await checkDryRun(client);
    const filters = filterQuery(all ? withFilter(filter, 'all', 'true') : filter);
    const { VolumesDeleted, SpaceReclaimed } = await client.volumePrune({ ...filters, dryRun });
    const pruned = { what: 'Volumes', lines: VolumesDeleted ?? [], bytes: SpaceReclaimed };
    ctx.stdout.write(pruneReport([pruned], dryRun));
    return 0;
  },
});
