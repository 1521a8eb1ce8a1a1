import type { Client } from '@wharf/client';
import type { ContainerInspect } from '@wharf/spec';
import { exitError } from '../../errors.ts';
import { exactArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { checkTerminal, exitStatus } from '../../streaming/attached-run.ts';
import { leftByKeys, runSession } from '../../streaming/session.ts';
import { followSize, nudge, proxySignals } from '../../streaming/signals.ts';
import { containerId } from '../for-each-target.ts';

/** The container, if one can attach to it as it is now. */
async function inspectRunning(client: Client, id: string): Promise<ContainerInspect> {
  const container = await client.containerInspect(id);
  const { Running, Paused, Restarting } = container.State;
  const problem = !Running
    ? 'stopped container, start it first'
    : Paused
      ? 'paused container, unpause it first'
      : Restarting
        ? 'restarting container, wait until it is running'
        : '';
  if (problem !== '') throw exitError(`You cannot attach to a ${problem}`, 1);
  return container;
}

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER',
  short: 'Attach local standard input, output, and error streams to a running container',
  aliases: ['container attach', 'attach'],
  flags: {
    detachKeys: flag.string('detach-keys', 'Keys that detach from the container'),
    noStdin: flag.bool('no-stdin', 'Do not attach STDIN'),
    sigProxy: flag.bool('sig-proxy', 'Pass signals on to the process', { initial: true }),
  },
  args: exactArgs(1),
  async run(ctx, [name = ''], flags) {
    const client = await ctx.client();
    const id = containerId(name);
    const waiting = client.containerWait(id);
    waiting.catch(() => {});
    const { Config: config } = await inspectRunning(client, id);
    const tty = config.Tty ?? false;
    checkTerminal(ctx, !flags.noStdin, tty);
    const stdin = !flags.noStdin && (config.OpenStdin ?? false);
    const detachKeys = flags.detachKeys || (ctx.config().detachKeys ?? '');
    const proxy = flags.sigProxy && !tty ? proxySignals(client, id) : undefined;
    let endSize = (): void => {};
    try {
      const stream = await client.containerAttach(id, {
        stream: true,
        stdin,
        stdout: true,
        stderr: true,
        detachKeys,
      });
      const session = runSession(ctx, stream, { tty, stdin, detachKeys });
      session.catch(() => {});
      proxy?.forced.catch(() => stream.close());
      if (tty && ctx.stdout.isTerminal) {
        const size = () => ({ width: ctx.stdout.columns(), height: ctx.stdout.rows() });
        await nudge(client, id, size());
        endSize = followSize((wanted) => client.containerResize(id, wanted), size);
      }
      const finish = async (): Promise<number> => {
        if ((await session) === 'detached') throw leftByKeys();
        return exitStatus(ctx, (await waiting).result);
      };
      return await (proxy ? Promise.race([finish(), proxy.forced]) : finish());
    } finally {
      endSize();
      proxy?.end();
      client.close();
    }
  },
});
