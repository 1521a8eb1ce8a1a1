import { OBJECT_FORMAT_HELP } from '../../format/help.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { ObjectFinder } from '../../inspect/find-object.ts';
import { printObjects } from '../../inspect/print-objects.ts';
import { platformQuery } from '../platform.ts';

export const command = defineCommand({
  use: '[OPTIONS] IMAGE [IMAGE...]',
  short: 'Display detailed information on one or more images',
  flags: {
    format: flag.string('format', OBJECT_FORMAT_HELP, { short: 'f' }),
    platform: flag.string(
      'platform',
      `Inspect a specific platform of the multi-platform image.
If the image or the server is not multi-platform capable, the command will error out if the platform does not match.
'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)`,
    ),
  },
  args: minArgs(1),
  async run(ctx, args, { format, platform }) {
    const query: Record<string, string> = platform === '' ? {} : { platform: platformQuery(platform) };
    const finder = new ObjectFinder(await ctx.client(), { type: 'image', size: false, stderr: ctx.stderr, query });
    await printObjects(ctx.stdout, args, format, (name) => finder.find(name));
    return 0;
  },
});
