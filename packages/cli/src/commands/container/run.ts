import { isCode, messageOf } from '@wharf/kit';
import { createFlags } from '../../create/flags.ts';
import { makeContainer, planContainer, withHelp } from '../../create/make-container.ts';
import { exitError } from '../../errors.ts';
import { explainFlag } from '../../explain/explain-flag.ts';
import type { ExplainForm, Explanation } from '../../explain/explanation.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import type { CommandContext } from '../../framework/context.ts';
import { flag } from '../../framework/kinds.ts';
import { checkTerminal, startAttached, startTold } from '../../streaming/attached-run.ts';

/** Exit status by what a failed start says: no such program, a program that cannot run, anything else. */
function startFailure(ctx: CommandContext, error: unknown) {
  if (isCode(error, 'OUTPUT_CLOSED') || isCode(error, 'INTERRUPTED')) return error;
  const message = messageOf(error);
  if (/executable file not found|no such file or directory|system cannot find the file specified/.test(message)) {
    return withHelp(ctx, message, 127, error);
  }
  return withHelp(ctx, message, /permission denied|is a directory/.test(message) ? 126 : 125, error);
}

/** What tells, when it is asked for; loaded only then. */
async function explanation(ctx: CommandContext, form: ExplainForm | ''): Promise<Explanation | undefined> {
  if (form === '') return undefined;
  const { Explanation } = await import('../../explain/explanation.ts');
  return new Explanation(ctx.stderr, form);
}

export const command = defineCommand({
  use: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  short: 'Create and run a new container from an image',
  aliases: ['container run', 'run'],
  flags: {
    ...createFlags,
    detach: flag.bool('detach', 'Run the container in the background and print its ID', { short: 'd' }),
    detachKeys: flag.string('detach-keys', 'Keys that detach from the container'),
    explain: explainFlag(),
    sigProxy: flag.bool('sig-proxy', 'Pass signals on to the process', { initial: true }),
  },
  args: minArgs(1),
  interspersed: false,
  async run(ctx, args, flags, changed) {
    const planned = planContainer(ctx, args, flags, changed);
    const { detach } = flags;
    if (detach && flags.attach.length > 0) {
      throw exitError('conflicting options: cannot specify both --attach and --detach', 1);
    }
    if (!detach) checkTerminal(ctx, planned.AttachStdin ?? false, flags.tty);
    const alone = { AttachStdin: false, AttachStdout: false, AttachStderr: false, StdinOnce: false };
    const body = detach ? { ...planned, ...alone } : planned;
    const told = await explanation(ctx, flags.explain);
    told?.lap('command', 'wharf started, read the command line and turned it into one request in JSON.');
    const client = await ctx.client();
    if (told)
      told.lap(
        'connection',
        `It connected to ${client.host}; both sides agreed on version ${await client.apiVersion()} of the API.`,
      );
    try {
      const id = await makeContainer(ctx, client, body, flags, told);
      if (detach) {
        await startTold(client, id, told);
        ctx.stdout.write(`${id}\n`);
        return 0;
      }
      if (!body.AttachStdout && !body.AttachStderr) ctx.stdout.write(`${id}\n`);
      return await startAttached(ctx, client, {
        id,
        tty: flags.tty,
        stdin: body.AttachStdin ?? false,
        stdout: body.AttachStdout ?? false,
        stderr: body.AttachStderr ?? false,
        detachKeys: flags.detachKeys || (ctx.config().detachKeys ?? ''),
        sigProxy: flags.sigProxy,
        autoRemove: flags.rm,
        told,
      });
    } catch (error) {
      throw startFailure(ctx, error);
    } finally {
      told?.finish();
    }
  },
});
