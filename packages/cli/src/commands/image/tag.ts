import { isKind } from '@wharf/kit';
import { parseReference, type Reference, withDefaultTag } from '@wharf/spec';
import { exitError } from '../../errors.ts';
import { exactArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';

function parseTarget(text: string): Reference {
  try {
    return withDefaultTag(parseReference(text));
  } catch (error) {
    if (!isKind(error, 'invalid')) throw error;
    const message = `Error parsing reference: ${JSON.stringify(text)} is not a valid repository/tag: ${error.message}`;
    throw exitError(message, 1, error);
  }
}

export const command = defineCommand({
  use: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  short: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  aliases: ['image tag', 'tag'],
  flags: {},
  args: exactArgs(2),
  async run(ctx, [source = '', target = '']) {
    const reference = parseTarget(target);
    if (reference.digest) throw exitError('refusing to create a tag with a digest reference', 1);
    const client = await ctx.client();
    const repo = `${reference.registry}/${reference.repository}`;
    await client.imageTag(source, { repo, tag: reference.tag ?? 'latest' });
    return 0;
  },
});
