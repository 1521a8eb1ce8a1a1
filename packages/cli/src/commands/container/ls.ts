import { messageOf } from '@wharf/kit';
import { exitError } from '../../errors.ts';
import { type ContainerRow, containerFormat, containerRows } from '../../format/container-row.ts';
import { LIST_FORMAT_HELP } from '../../format/help.ts';
import { renderList } from '../../format/list.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { filterFlag, filterQuery } from '../filter-flag.ts';

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'List containers',
  aliases: ['container ls', 'container list', 'container ps', 'ps'],
  flags: {
    quiet: flag.bool('quiet', 'Only display container IDs', { short: 'q' }),
    size: flag.bool('size', 'Display total file sizes', { short: 's' }),
    all: flag.bool('all', 'Show all containers (default shows just running)', { short: 'a' }),
    noTrunc: flag.bool('no-trunc', "Don't truncate output"),
    latest: flag.bool('latest', 'Show the latest created container (includes all states)', { short: 'l' }),
    last: flag.int('last', 'Show n last created containers (includes all states)', {
      short: 'n',
      initial: -1,
      shown: '-1',
    }),
    format: flag.string('format', LIST_FORMAT_HELP),
    filter: filterFlag(),
  },
  args: noArgs,
  async run(ctx, _args, flags, changed) {
    const { quiet, all, filter, latest, last } = flags;
    const given = flags.format !== '';
    if (given && quiet) {
      ctx.stderr.write('WARNING: Ignoring custom format, because both --format and --quiet are set.\n');
    }
    const source = given ? flags.format : (ctx.config().psFormat ?? '');
    const usesSize = source !== '' && (await checkFormat(source));
    const size = flags.size || (!quiet && !changed.has('size') && usesSize);
    const limit = latest && last === -1 ? 1 : last;
    const client = await ctx.client();
    const containers = await client.containerList({
      all,
      size,
      ...(limit > 0 ? { limit } : {}),
      ...filterQuery(filter),
    });
    const now = Date.now();
    const rows = containers.map((container): ContainerRow => ({ container, trunc: !flags.noTrunc, now }));
    ctx.stdout.write(await renderList(containerRows, containerFormat(source, quiet, size), rows));
    return 0;
  },
});

/** A format of fields only. */
const PLAIN = /^(?:[^{]|\{\{ ?\.[A-Z][A-Za-z]* ?\}\})*$/;

/** Tries the format on an empty container before the engine is asked. True when it prints sizes. */
async function checkFormat(format: string): Promise<boolean> {
  const fields = [...format.matchAll(/\{\{ ?\.([A-Z][A-Za-z]*) ?\}\}/g)].map((match) => match[1] ?? '');
  const known = fields.every((field) => Object.hasOwn(containerRows.columns, field));
  if (known && PLAIN.test(format)) return fields.includes('Size');
  const { tryTemplate } = await import('../../format/try-template.ts');
  const outcome = tryTemplate(format, containerRows, EMPTY_ROW, 'Size');
  if (outcome.problem === undefined) return outcome.used;
  const what = outcome.stage === 'parse' ? 'failed to parse template' : 'failed to execute template';
  throw exitError(`${what}: ${messageOf(outcome.problem)}`, 1, outcome.problem);
}

const EMPTY_ROW: ContainerRow = {
  container: { Id: '', Created: 0 } as ContainerRow['container'],
  trunc: false,
  now: 0,
};
