import { exitError } from '../../errors.ts';
import { LIST_FORMAT_HELP } from '../../format/help.ts';
import { imageFormat, imageRows, imageRowsOf } from '../../format/image-row.ts';
import { renderList } from '../../format/list.ts';
import { maxArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { filterFlag, filterQuery, withFilter } from '../filter-flag.ts';

/** Verbs of `image` that people try as `images VERB`. */
const VERBS = [
  'build',
  'history',
  'import',
  'inspect',
  'list',
  'load',
  'ls',
  'prune',
  'pull',
  'push',
  'rm',
  'save',
  'tag',
];

export const command = defineCommand({
  use: '[OPTIONS] [REPOSITORY[:TAG]]',
  short: 'List images',
  aliases: ['image ls', 'image list', 'images'],
  flags: {
    quiet: flag.bool('quiet', 'Only show image IDs', { short: 'q' }),
    all: flag.bool('all', 'Show all images (default hides intermediate images)', { short: 'a' }),
    noTrunc: flag.bool('no-trunc', "Don't truncate output"),
    digests: flag.bool('digests', 'Show digests'),
    format: flag.string('format', LIST_FORMAT_HELP),
    filter: filterFlag(),
    tree: flag.bool('tree', 'List multi-platform images as a tree (EXPERIMENTAL)'),
  },
  args: maxArgs(1),
  async run(ctx, args, flags) {
    const { quiet, all, noTrunc, digests, tree } = flags;
    if (tree) refuseTree(flags);
    const name = args[0] ?? '';
    const filters = name === '' ? flags.filter : withFilter(flags.filter, 'reference', name);
    const client = await ctx.client();
    const images = await client.imageList({ all, ...filterQuery(filters) });
    const configured = quiet ? '' : (ctx.config().imagesFormat ?? '');
    const format = imageFormat(flags.format || configured || 'table', quiet, digests);
    const options = { trunc: !noTrunc, now: Date.now(), digests, format };
    const rows = images.flatMap((image) => imageRowsOf(image, options));
    ctx.stdout.write(await renderList(imageRows, format, rows));
    if (images.length === 0 && ctx.path.endsWith(' images') && VERBS.includes(name)) {
      ctx.stderr.write(`No images found matching "${name}": did you mean "wharf image ${name}"?\n`);
    }
    return 0;
  },
});

function refuseTree(flags: { quiet: boolean; noTrunc: boolean; digests: boolean; format: string }): never {
  if (flags.quiet) throw exitError('--quiet is not yet supported with --tree', 1);
  if (flags.noTrunc) throw exitError('--no-trunc is not yet supported with --tree', 1);
  if (flags.digests) throw exitError('--show-digest is not yet supported with --tree', 1);
  if (flags.format !== '') throw exitError('--format is not yet supported with --tree', 1);
  throw exitError('--tree is not supported yet', 1);
}
