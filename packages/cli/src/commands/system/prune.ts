import type { Client } from '@wharf/client';
import { exitError } from '../../errors.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { type FilterValues, filterQuery } from '../filter-flag.ts';
import {
  checkDryRun,
  confirm,
  dryRunFlag,
  forceFlag,
  type Pruned,
  pruneContainers,
  pruneFilterFlag,
  pruneImages,
  pruneReport,
} from '../prune.ts';

interface Wishes {
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly filter: FilterValues;
  readonly volumes: boolean;
}

/** What Docker's client warns of. */
function warning({ all, filter, volumes }: Wishes): string {
  const lines = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'unused build cache',
  ];
  const filters = [...filter].flatMap(([name, values]) => values.map((value) => `${name}=${value}`)).sort();
  const list = (items: readonly string[]) => items.map((item) => `  - ${item}\n`).join('');
  const filtered = filters.length === 0 ? '' : `\n  Items to be pruned will be filtered with:\n${list(filters)}`;
  return `This will remove:\n${list(lines)}${filtered}`;
}

/** Containers first: what only they used can go then. */
async function pruneAll(client: Client, { all, dryRun, filter, volumes }: Wishes): Promise<Pruned[]> {
  const options = { ...filterQuery(filter), dryRun };
  const later = { ...options, afterContainers: dryRun };
  const parts = [await pruneContainers(client, options)];
  const { NetworksDeleted } = await client.networkPrune(later);
  parts.push({ what: 'Networks', lines: NetworksDeleted ?? [], bytes: 0 });
  if (volumes) {
    const { VolumesDeleted, SpaceReclaimed } = await client.volumePrune(later);
    parts.push({ what: 'Volumes', lines: VolumesDeleted ?? [], bytes: SpaceReclaimed });
  }
  parts.push(await pruneImages(client, filter, all, later));
  const { CachesDeleted, SpaceReclaimed } = await client.buildPrune({ ...later, all });
  parts.push({ what: 'build cache objects', lines: CachesDeleted ?? [], bytes: SpaceReclaimed });
  return parts;
}

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Remove unused data',
  flags: {
    all: flag.bool('all', 'Remove all unused images not just dangling ones', { short: 'a' }),
    dryRun: dryRunFlag,
    filter: { ...pruneFilterFlag(), usage: 'Provide filter values (e.g. "label=<key>=<value>")' },
    force: forceFlag,
    volumes: flag.bool('volumes', 'Prune anonymous volumes'),
  },
  args: noArgs,
  async run(ctx, _args, { all, dryRun, filter, force, volumes }) {
    if (volumes && filter.has('until')) {
      throw exitError('ERROR: The "until" filter is not supported with "--volumes"', 1);
    }
    const wishes = { all, dryRun, filter, volumes };
    const agreed = force || dryRun || (await confirm(ctx, warning(wishes)));
    if (!agreed) throw exitError('', 0);
    const client = await ctx.client();
    if (dryRun) await checkDryRun(client);
    ctx.stdout.write(pruneReport(await pruneAll(client, wishes), dryRun));
    return 0;
  },
});
