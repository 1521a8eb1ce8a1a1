import { parseReference, referenceString, withDefaultTag } from '@wharf/spec';
import { normalizePlatform } from '../../create/platform.ts';
import { exitError } from '../../errors.ts';
import { exactArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { pullImage } from '../../pull/pull-image.ts';

export const command = defineCommand({
  use: '[OPTIONS] NAME[:TAG|@DIGEST]',
  short: 'Download an image from a registry',
  aliases: ['image pull', 'pull'],
  flags: {
    allTags: flag.bool('all-tags', 'Download all tagged images in the repository', { short: 'a' }),
    disableContentTrust: flag.bool('disable-content-trust', 'Skip image verification', { initial: true }),
    platform: flag.string('platform', 'Use this platform if the registry has several'),
    quiet: flag.bool('quiet', 'Do not show the progress', { short: 'q' }),
  },
  args: exactArgs(1),
  async run(ctx, [name = ''], flags) {
    const named = parseReference(name);
    const bare = named.tag === undefined && named.digest === undefined;
    if (flags.allTags && !bare) throw exitError("tag can't be used with --all-tags/-a", 1);
    const wanted = flags.platform || ctx.env['DOCKER_DEFAULT_PLATFORM'] || '';
    const platform = wanted === '' ? {} : { platform: normalizePlatform(wanted) };
    const reference = flags.allTags ? named : withDefaultTag(named);
    if (bare && !flags.allTags && !flags.quiet) ctx.stdout.write(`Using default tag: ${reference.tag}\n`);
    const client = await ctx.client();
    const out = flags.quiet ? {} : { out: ctx.stdout };
    await pullImage(ctx, client, reference, { ...platform, ...out, all: flags.allTags });
    ctx.stdout.write(`${referenceString(reference)}\n`);
    return 0;
  },
});
