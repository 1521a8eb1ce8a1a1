import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@wharf/client';
import { isKind } from '@wharf/kit';
import type { ContainerStats } from '@wharf/spec';
import { LIST_FORMAT_HELP } from '../../format/help.ts';
import { renderList } from '../../format/list.ts';
import { type StatsRow, statsFormat, statsRows, usageOf } from '../../format/stats-row.ts';
import { anyArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';
import { containerId } from '../for-each-target.ts';

/** Between two tables (milliseconds). */
const PERIOD = 1000;
const CLEAR = '\u001b[2J\u001b[H';
const HOME = '\u001b[H';
const CLEAR_TO_END_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export const command = defineCommand({
  use: '[OPTIONS] [CONTAINER...]',
  short: 'Display a live stream of container(s) resource usage statistics',
  aliases: ['container stats', 'stats'],
  flags: {
    all: flag.bool('all', 'Show all containers (default shows just running)', { short: 'a' }),
    format: flag.string('format', LIST_FORMAT_HELP),
    noStream: flag.bool('no-stream', 'Disable streaming stats and only pull the first result'),
    noTrunc: flag.bool('no-trunc', 'Do not truncate output'),
  },
  args: anyArgs,
  async run(ctx, args, { all, format, noStream, noTrunc }) {
    const watch = new Watch(await ctx.client(), args.map(containerId), all, !noTrunc);
    if (noStream) {
      ctx.stdout.write(await renderList(statsRows, statsFormat(format), await watch.rows()));
      return 0;
    }
    ctx.stdout.write(CLEAR);
    for (;;) {
      const rows = await watch.rows();
      if (rows.length === 0 && args.length > 0) return 0;
      const text = await renderList(statsRows, statsFormat(format), rows);
      ctx.stdout.write(`${HOME}${text.replaceAll('\n', `${CLEAR_TO_END_OF_LINE}\n`)}${CLEAR_BELOW}`);
      await delay(PERIOD);
    }
  },
});

/** Which containers are shown, and what they used when they were last asked. */
class Watch {
  readonly #client: Client;
  readonly #names: readonly string[];
  readonly #all: boolean;
  readonly #trunc: boolean;
  readonly #before = new Map<string, ContainerStats>();
  #first = true;

  constructor(client: Client, names: readonly string[], all: boolean, trunc: boolean) {
    this.#client = client;
    this.#names = names;
    this.#all = all;
    this.#trunc = trunc;
  }

  /** Asks all at the same time. Throws what the engine says of a container that is named and not there at first. */
  async rows(): Promise<StatsRow[]> {
    const names = this.#names.length > 0 ? this.#names : await this.#listed();
    const rows = await Promise.all(names.map((name) => this.#row(name)));
    this.#first = false;
    return rows.flatMap((row) => (row === undefined ? [] : [row]));
  }

  async #listed(): Promise<string[]> {
    const containers = await this.#client.containerList({ all: this.#all });
    return containers.map(({ Id }) => Id);
  }

  async #row(container: string): Promise<StatsRow | undefined> {
    const before = this.#before.get(container);
    try {
      const stats = await this.#client.containerStats(container, { oneShot: before !== undefined });
      const runs = (stats.pids_stats?.current ?? 0) > 0;
      if (runs) this.#before.set(container, stats);
      else this.#before.delete(container);
      const usage = usageOf(stats, before?.cpu_stats ?? stats.precpu_stats);
      return {
        container: short(container, this.#names),
        id: stats.id ?? '',
        name: stats.name ?? '',
        trunc: this.#trunc,
        usage,
      };
    } catch (error) {
      const named = this.#first && this.#names.length > 0;
      if (!named && isKind(error, 'not_found')) return undefined;
      throw error;
    }
  }
}

/** `.Container` is what the user wrote; without that the short ID. */
function short(container: string, names: readonly string[]): string {
  return names.length > 0 ? container : container.slice(0, 12);
}
