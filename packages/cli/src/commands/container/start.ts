import type { Client } from '@wharf/client';
import { isCode, messageOf } from '@wharf/kit';
import { exitError } from '../../errors.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import type { CommandContext } from '../../framework/context.ts';
import { flag } from '../../framework/kinds.ts';
import { startAttached } from '../../streaming/attached-run.ts';
import { containerId } from '../for-each-target.ts';

async function startAll(
  ctx: CommandContext,
  client: Client,
  targets: readonly string[],
  options: { readonly checkpoint?: string; readonly checkpointDir?: string },
): Promise<number> {
  const failed: string[] = [];
  for (const target of targets) {
    try {
      await client.containerStart(containerId(target), options);
      ctx.stdout.write(`${target}\n`);
    } catch (error) {
      if (isCode(error, 'ENGINE_UNREACHABLE') || isCode(error, 'OUTPUT_CLOSED')) throw error;
      ctx.stderr.write(`${messageOf(error)}\n`);
      failed.push(target);
    }
  }
  if (failed.length > 0) throw exitError(`Error: failed to start containers: ${failed.join(', ')}`, 1);
  return 0;
}

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Start one or more stopped containers',
  aliases: ['container start', 'start'],
  flags: {
    attach: flag.bool('attach', 'Attach STDOUT/STDERR and pass signals on', { short: 'a' }),
    checkpoint: flag.string('checkpoint', 'Restore from this checkpoint'),
    checkpointDir: flag.string('checkpoint-dir', 'Directory of the checkpoints'),
    detachKeys: flag.string('detach-keys', 'Keys that detach from the container'),
    interactive: flag.bool('interactive', "Attach the container's STDIN", { short: 'i' }),
  },
  args: minArgs(1),
  async run(ctx, args, flags) {
    const { checkpoint, checkpointDir } = flags;
    if (!flags.attach && !flags.interactive) {
      return startAll(ctx, await ctx.client(), args, { checkpoint, checkpointDir });
    }
    if (args.length > 1) throw exitError('you cannot start and attach multiple containers at once', 1);
    const client = await ctx.client();
    const container = await client.containerInspect(containerId(args[0] ?? ''));
    const tty = container.Config.Tty ?? false;
    return startAttached(ctx, client, {
      id: container.Id,
      tty,
      stdin: flags.interactive && (container.Config.OpenStdin ?? false),
      stdout: true,
      stderr: true,
      detachKeys: flags.detachKeys || (ctx.config().detachKeys ?? ''),
      sigProxy: !tty,
      autoRemove: container.HostConfig.AutoRemove ?? false,
    });
  },
});
