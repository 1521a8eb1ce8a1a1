import { isKind, messageOf } from '@wharf/kit';
import { normalizePlatform } from '../../create/platform.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { forEachTarget } from '../for-each-target.ts';

/** A platform as the API wants it in a query. */
function platformJson(text: string): string {
  const [os, architecture, variant] = normalizePlatform(text).split('/');
  return JSON.stringify({ architecture, os, ...(variant === undefined ? {} : { variant }) });
}

export const command = defineCommand({
  use: '[OPTIONS] IMAGE [IMAGE...]',
  short: 'Remove one or more images',
  aliases: ['image rm', 'image remove', 'rmi'],
  flags: {
    force: flag.bool('force', 'Remove the image even if it is in use', { short: 'f' }),
    noPrune: flag.bool('no-prune', 'Do not delete untagged parents'),
    platform: flag.strings(
      'platform',
      'Remove only this platform of the image (format: "os[/arch[/variant]]", e.g., "linux/amd64")',
    ),
  },
  args: minArgs(1),
  async run(ctx, args, { force, noPrune, platform }) {
    const platforms = platform.map(platformJson);
    const client = await ctx.client();
    const remove = async (name: string): Promise<void> => {
      try {
        const items = await client.imageRemove(name, { force, noPrune, platforms });
        for (const item of items) {
          ctx.stdout.write(item.Deleted ? `Deleted: ${item.Deleted}\n` : `Untagged: ${item.Untagged ?? ''}\n`);
        }
      } catch (error) {
        // Forced, an image that is not there is as good as removed: said, but no failure.
        if (!force || !isKind(error, 'not_found')) throw error;
        ctx.stderr.write(`${messageOf(error)}\n`);
      }
    };
    await forEachTarget(args, remove, () => {}, 1);
    return 0;
  },
});
