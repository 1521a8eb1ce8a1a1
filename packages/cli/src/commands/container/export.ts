import { posix } from 'node:path';
import { messageOf } from '@wharf/kit';
import { checkOutputFile, writeOutputFile } from '../../copy/output-file.ts';
import { exitError } from '../../errors.ts';
import { exactArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { containerId } from '../for-each-target.ts';

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER',
  short: "Export a container's filesystem as a tar archive",
  aliases: ['container export', 'export'],
  flags: {
    output: flag.string('output', 'Write to a file instead of standard output', { short: 'o' }),
  },
  args: exactArgs(1),
  async run(ctx, [name = ''], { output }) {
    if (output === '' && ctx.stdout.isTerminal) {
      throw exitError('cowardly refusing to save to a terminal. Use the -o flag or redirect', 1);
    }
    if (output !== '') {
      try {
        checkOutputFile(output, ctx.cwd);
      } catch (error) {
        throw exitError(`failed to export container: ${messageOf(error)}`, 1, error);
      }
    }
    const client = await ctx.client();
    const chunks = await client.containerExport(containerId(name));
    if (output !== '') await writeOutputFile(posix.resolve(ctx.cwd, output), chunks);
    else for await (const chunk of chunks) ctx.stdout.write(chunk);
    return 0;
  },
});
