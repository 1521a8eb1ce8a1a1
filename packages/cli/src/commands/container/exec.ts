import { readFileSync } from 'node:fs';
import type { Client } from '@wharf/client';
import type { ExecCreateRequest } from '@wharf/spec';
import { checkEnv } from '../../create/checks.ts';
import { collectEnv } from '../../create/key-values.ts';
import { exitError } from '../../errors.ts';
import { minArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import type { CommandContext } from '../../framework/context.ts';
import { flag } from '../../framework/kinds.ts';
import { checkTerminal } from '../../streaming/attached-run.ts';
import { leftByKeys, runSession } from '../../streaming/session.ts';
import { followSize } from '../../streaming/signals.ts';
import { containerId } from '../for-each-target.ts';

interface Interactive {
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly detachKeys: string;
}

/** Stays with a command until it ends or the user detaches; its exit status. Throws COMMAND_FAILED after a detach. */
async function runExec(ctx: CommandContext, client: Client, id: string, options: Interactive): Promise<number> {
  let endSize = (): void => {};
  try {
    const stream = await client.execStart(id, { tty: options.tty });
    const session = runSession(ctx, stream, options);
    if (options.tty && ctx.stdout.isTerminal) {
      const size = () => ({ width: ctx.stdout.columns(), height: ctx.stdout.rows() });
      endSize = followSize((wanted) => client.execResize(id, wanted), size);
    }
    if ((await session) === 'detached') throw leftByKeys();
    return (await client.execInspect(id)).ExitCode ?? 0;
  } finally {
    endSize();
    client.close();
  }
}

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  short: 'Execute a command in a running container',
  aliases: ['container exec', 'exec'],
  flags: {
    detach: flag.bool('detach', 'Run the command in the background', { short: 'd' }),
    detachKeys: flag.string('detach-keys', 'Keys that detach from the command'),
    env: flag.list('env', 'Set environment variables', { short: 'e', check: checkEnv }),
    envFile: flag.list('env-file', 'Read environment variables from a file'),
    killOnDisconnect: flag.bool(
      'kill-on-disconnect',
      'End the command and all its children when this client goes away [not in Docker]',
    ),
    interactive: flag.bool('interactive', 'Keep STDIN open even if not attached', { short: 'i' }),
    privileged: flag.bool('privileged', 'Give the command all capabilities'),
    tty: flag.bool('tty', 'Give it a pseudo-terminal', { short: 't' }),
    user: flag.string('user', 'User, by name or number (format: <name|uid>[:<group|gid>])', { short: 'u' }),
    workdir: flag.string('workdir', 'Working directory inside the container', { short: 'w' }),
  },
  args: minArgs(2),
  interspersed: false,
  async run(ctx, [name = '', ...argv], flags) {
    const { detach, tty, killOnDisconnect } = flags;
    if (detach && killOnDisconnect) {
      throw exitError('conflicting options: cannot specify both --detach and --kill-on-disconnect', 1);
    }
    const consoleSize: [number, number] = ctx.stdout.isTerminal ? [ctx.stdout.rows(), ctx.stdout.columns()] : [0, 0];
    const environment = {
      cwd: ctx.cwd,
      env: ctx.env,
      host: ctx.host(),
      proxies: {},
      consoleSize,
      readText: (path: string) => readFileSync(path),
    };
    const detachKeys = flags.detachKeys || (ctx.config().detachKeys ?? '');
    const stdin = flags.interactive && !detach;
    const body: ExecCreateRequest = {
      User: flags.user,
      Privileged: flags.privileged,
      Tty: tty,
      ...(tty && { ConsoleSize: consoleSize }),
      AttachStdin: stdin,
      AttachStdout: !detach,
      AttachStderr: !detach,
      DetachKeys: detachKeys,
      Env: collectEnv(flags.envFile, flags.env, environment),
      WorkingDir: flags.workdir,
      Cmd: argv,
    };
    const client = await ctx.client();
    const container = containerId(name);
    if (stdin && tty && !ctx.stdin.isTerminal) {
      // That there is no such container is told first.
      await client.containerInspect(container);
      checkTerminal(ctx, stdin, tty);
    }
    const { Id: id } = await client.containerExec(container, body);
    if (killOnDisconnect) await client.execLeash(id);
    if (!detach) return await runExec(ctx, client, id, { tty, stdin, detachKeys });
    await client.execStartDetached(id, { tty });
    return 0;
  },
});
