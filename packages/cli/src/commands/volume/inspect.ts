import { OBJECT_FORMAT_HELP } from '../../format/help.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { ObjectFinder } from '../../inspect/find-object.ts';
import { printObjects } from '../../inspect/print-objects.ts';

export const command = defineCommand({
  use: '[OPTIONS] VOLUME [VOLUME...]',
  short: 'Display detailed information on one or more volumes',
  flags: { format: flag.string('format', OBJECT_FORMAT_HELP, { short: 'f' }) },
  args: minArgs(1),
  async run(ctx, args, { format }) {
    const finder = new ObjectFinder(await ctx.client(), { type: 'volume', size: false, stderr: ctx.stderr });
    await printObjects(ctx.stdout, args, format, (name) => finder.find(name));
    return 0;
  },
});
