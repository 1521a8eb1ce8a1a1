import { messageOf } from '@wharf/kit';
import { parseTimestamp } from '@wharf/spec';
import { exitError } from '../../errors.ts';
import { exactArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { demultiplex } from '../../streaming/session.ts';
import { containerId } from '../for-each-target.ts';

function timestamp(name: string, text: string): { [name: string]: string } {
  if (text === '') return {};
  const now = new Date();
  try {
    return { [name]: parseTimestamp(text, now.getTime(), -now.getTimezoneOffset()) };
  } catch (error) {
    throw exitError(`invalid value for ${JSON.stringify(name)}: ${messageOf(error)}`, 1, error);
  }
}

export const command = defineCommand({
  use: '[OPTIONS] CONTAINER',
  short: 'Fetch the logs of a container',
  aliases: ['container logs', 'logs'],
  flags: {
    details: flag.bool('details', 'Show the extra attributes of each line'),
    follow: flag.bool('follow', 'Go on with what the container writes', { short: 'f' }),
    since: flag.string(
      'since',
      'Only lines since a time (e.g. "2013-01-02T13:23:37Z") or a duration before now (e.g. "42m" for 42 minutes)',
    ),
    tail: flag.string('tail', 'Number of lines from the end of the logs', { short: 'n', initial: 'all' }),
    timestamps: flag.bool('timestamps', 'Show the time of each line', { short: 't' }),
    until: flag.string(
      'until',
      'Only lines before a time (e.g. "2013-01-02T13:23:37Z") or a duration before now (e.g. "42m" for 42 minutes)',
    ),
  },
  args: exactArgs(1),
  async run(ctx, [name = ''], flags) {
    const client = await ctx.client();
    const container = await client.containerInspect(containerId(name));
    const { details, follow, tail, timestamps } = flags;
    const chunks = await client.containerLogs(container.Id, {
      stdout: true,
      stderr: true,
      details,
      follow,
      tail,
      timestamps,
      ...timestamp('since', flags.since),
      ...timestamp('until', flags.until),
    });
    const write = container.Config.Tty
      ? (chunk: Uint8Array): void => ctx.stdout.write(chunk)
      : demultiplex(ctx.stdout, ctx.stderr);
    for await (const chunk of chunks) write(chunk);
    return 0;
  },
});
