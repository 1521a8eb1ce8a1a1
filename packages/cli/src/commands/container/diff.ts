import { exactArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { containerId } from '../for-each-target.ts';

/** Modified, added, deleted, by number. */
const LETTERS = 'CAD';

export const command = defineCommand({
  use: 'CONTAINER',
  short: "Inspect changes to files or directories on a container's filesystem",
  aliases: ['container diff', 'diff'],
  flags: {},
  args: exactArgs(1),
  async run(ctx, args) {
    const client = await ctx.client();
    const changes = (await client.containerChanges(containerId(args[0] ?? ''))) ?? [];
    ctx.stdout.write(changes.map(({ Path, Kind }) => `${LETTERS[Kind] ?? '?'} ${Path}\n`).join(''));
    return 0;
  },
});
