import { diskUsageFormat, diskUsageRows, diskUsageRowsOf, readDiskUsage } from '../../format/disk-usage.ts';
import { LIST_FORMAT_HELP } from '../../format/help.ts';
import { renderList } from '../../format/list.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';

/** From this API version on the engine sends sums, and objects only when it is asked for them. */
const SUMS_SINCE = 52;

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Show how much disk space Wharf uses',
  flags: {
    format: flag.string('format', LIST_FORMAT_HELP),
    verbose: flag.bool('verbose', 'Show detailed information on space usage', { short: 'v' }),
  },
  args: noArgs,
  async run(ctx, _args, { format, verbose }) {
    const client = await ctx.client();
    const minor = Number((await client.apiVersion()).split('.')[1]);
    const usage = readDiskUsage(await client.systemDf(verbose && minor >= SUMS_SINCE ? { verbose } : {}));
    if (!verbose) {
      ctx.stdout.write(await renderList(diskUsageRows, diskUsageFormat(format), diskUsageRowsOf(usage)));
    } else if (format === '' || format === 'table') {
      const { objectTables } = await import('../../format/disk-usage-objects.ts');
      ctx.stdout.write(await objectTables(usage, Date.now()));
    } else {
      const { renderObjects } = await import('../../format/disk-usage-template.ts');
      ctx.stdout.write(renderObjects(usage, format, Date.now()));
    }
    return 0;
  },
});
