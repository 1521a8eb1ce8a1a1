import type { ImageHistoryResponseItem } from '@wharf/spec';
import { LIST_FORMAT_HELP } from '../../format/help.ts';
import { type HistoryRow, historyFormat, historyRows } from '../../format/history-row.ts';
import { renderList } from '../../format/list.ts';
import { exactArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { platformQuery } from '../platform.ts';

export const command = defineCommand({
  use: '[OPTIONS] IMAGE',
  short: 'Show the history of an image',
  aliases: ['image history', 'history'],
  flags: {
    human: flag.bool('human', 'Print sizes and dates in human readable format', { short: 'H', initial: true }),
    quiet: flag.bool('quiet', 'Only show image IDs', { short: 'q' }),
    noTrunc: flag.bool('no-trunc', "Don't truncate output"),
    format: flag.string('format', LIST_FORMAT_HELP),
    platform: flag.string(
      'platform',
      'Show history for the given platform. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    ),
  },
  args: exactArgs(1),
  async run(ctx, args, { human, quiet, noTrunc, format, platform }) {
    const query = platform === '' ? {} : { platform: platformQuery(platform, 'invalid platform: ') };
    const client = await ctx.client();
    const bytes = await client.rawGet(`/images/${encodeURI(args[0] ?? '')}/history`, query);
    const layers = JSON.parse(bytes.toString('utf8')) as ImageHistoryResponseItem[];
    const now = Date.now();
    const rows = layers.map((layer): HistoryRow => ({ layer, trunc: !noTrunc, human, now }));
    ctx.stdout.write(await renderList(historyRows, historyFormat(format || 'table', quiet, human), rows));
    return 0;
  },
});
