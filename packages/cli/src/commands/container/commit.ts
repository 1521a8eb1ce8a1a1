import { messageOf } from '@wharf/kit';
import { familiarName, parseReference, withDefaultTag } from '@wharf/spec';
import { exitError } from '../../errors.ts';
import { atLeastAtMost } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';

/** Repository and tag of the name that the image is to have. Throws in Docker's words. */
function splitName(text: string): { readonly repo?: string; readonly tag?: string } {
  if (text === '') return {};
  let reference: ReturnType<typeof parseReference>;
  try {
    reference = parseReference(text);
  } catch (error) {
    throw exitError(messageOf(error), 1, error);
  }
  if (reference.digest !== undefined) throw exitError('refusing to create a tag with a digest reference', 1);
  const { tag = 'latest' } = withDefaultTag(reference);
  return { repo: familiarName(reference), tag };
}

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  short: "Create a new image from a container's changes",
  aliases: ['container commit', 'commit'],
  flags: {
    author: flag.string('author', 'Who made the image (e.g., "John Hannibal Smith <hannibal@a-team.com>")', {
      short: 'a',
    }),
    change: flag.list('change', 'Dockerfile instruction to apply to the image', { short: 'c' }),
    message: flag.string('message', 'What was changed', { short: 'm' }),
    pause: flag.bool('pause', 'Pause the container meanwhile', { short: 'p', initial: true }),
    noPause: flag.bool('no-pause', 'Do not pause the container meanwhile'),
  },
  args: atLeastAtMost(1, 2),
  async run(ctx, [container = '', name = ''], { author, change, message, pause, noPause }) {
    const names = splitName(name);
    const client = await ctx.client();
    const { Id } = await client.containerCommit(container, {
      ...names,
      author,
      comment: message,
      changes: change,
      pause: pause && !noPause,
    });
    ctx.stdout.write(`${Id}\n`);
    return 0;
  },
});
