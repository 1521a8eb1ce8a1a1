import { LIST_FORMAT_HELP } from '../../format/help.ts';
import { renderList } from '../../format/list.ts';
import { naturalOrder } from '../../format/natural-order.ts';
import { volumeRows } from '../../format/volume-row.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { filterFlag, filterQuery } from '../filter-flag.ts';

function tableFormat(format: string, quiet: boolean): string {
  if (format === 'raw') return quiet ? 'name: {{.Name}}' : 'name: {{.Name}}\\ndriver: {{.Driver}}\\n';
  if (format !== 'table') return format;
  return quiet ? '{{.Name}}' : 'table {{.Driver}}\\t{{.Name}}';
}

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'List volumes',
  aliases: ['volume ls', 'volume list'],
  flags: {
    filter: { ...filterFlag(), usage: 'Provide filter values (e.g. "dangling=true")' },
    format: flag.string('format', LIST_FORMAT_HELP),
    quiet: flag.bool('quiet', 'Only display volume names', { short: 'q' }),
  },
  args: noArgs,
  async run(ctx, _args, { filter, format, quiet }) {
    const client = await ctx.client();
    const { Volumes } = await client.volumeList(filterQuery(filter));
    const configured = quiet ? '' : (ctx.config().volumesFormat ?? '');
    const rows = (Volumes ?? []).toSorted((a, b) => naturalOrder(a.Name, b.Name));
    ctx.stdout.write(await renderList(volumeRows, tableFormat(format || configured || 'table', quiet), rows));
    return 0;
  },
});
