import { isKind, messageOf } from '@wharf/kit';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { containerId, forEachTarget } from '../for-each-target.ts';

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Remove one or more containers',
  aliases: ['container rm', 'container remove', 'rm'],
  flags: {
    force: flag.bool('force', 'Remove it even if it runs (with SIGKILL)', { short: 'f' }),
    link: flag.bool('link', 'Remove the link of this name', { short: 'l' }),
    volumes: flag.bool('volumes', 'Remove its anonymous volumes too', { short: 'v' }),
  },
  args: minArgs(1),
  async run(ctx, args, flags) {
    const client = await ctx.client();
    const remove = async (target: string): Promise<string | undefined> => {
      try {
        await client.containerRemove(containerId(target), flags);
        return undefined;
      } catch (error) {
        // Forced, a container that is not there is as good as removed: said, but no failure.
        if (flags.force && isKind(error, 'not_found')) return messageOf(error);
        throw error;
      }
    };
    await forEachTarget(args, remove, (target, complaint) => {
      if (complaint === undefined) ctx.stdout.write(`${target}\n`);
      else ctx.stderr.write(`${complaint}\n`);
    });
    return 0;
  },
});
