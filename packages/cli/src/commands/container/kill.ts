import { exitError } from '../../errors.ts';
import { anyArgs, minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { containerId, forEachTarget } from '../for-each-target.ts';

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Kill one or more running containers',
  aliases: ['container kill', 'kill'],
  flags: {
    exec: flag.list('exec', 'Kill the command that exec started, by its ID, and all its children [not in Docker]'),
    signal: flag.string('signal', 'Signal to send to the container', { short: 's' }),
  },
  args: anyArgs,
  async run(ctx, args, { exec, signal }) {
    const subject = { path: ctx.path, useLine: `${ctx.path} [OPTIONS] CONTAINER [CONTAINER...]` };
    const missing = exec.length > 0 ? undefined : minArgs(1)(args, subject);
    if (missing !== undefined) throw exitError(missing, 1);
    const client = await ctx.client();
    const tell = (target: string): void => ctx.stdout.write(`${target}\n`);
    await forEachTarget(exec, async (target) => client.execKill(target, { signal }), tell);
    await forEachTarget(args, async (target) => client.containerKill(containerId(target), { signal }), tell);
    return 0;
  },
});
