import type { Client, PruneOptions } from '@wharf/client';
import { humanSize } from '@wharf/spec';
import { exitError } from '../errors.ts';
import type { CommandContext } from '../framework/context.ts';
import type { Flag } from '../framework/flag.ts';
import { flag } from '../framework/kinds.ts';
import { type FilterValues, filterFlag, filterQuery, withFilter } from './filter-flag.ts';

/** `--filter` of the prune commands. */
export function pruneFilterFlag(): Flag<FilterValues> {
  const { short: _, ...bare } = filterFlag();
  return { ...bare, usage: 'Provide filter values (e.g. "until=<timestamp>")' };
}

/** `--force` of the prune commands. */
export const forceFlag = flag.bool('force', 'Do not prompt for confirmation', { short: 'f' });

/** `--dry-run` of the prune commands. */
export const dryRunFlag = flag.bool('dry-run', 'Only tell what would be removed, and how many bytes');

/** Throws when the engine is not ours: another would take a dry run for a prune. */
export async function checkDryRun(client: Client): Promise<void> {
  const { Platform } = await client.systemVersion();
  if (Platform?.Name !== 'Wharf Engine') throw exitError('--dry-run needs a Wharf engine', 1);
}

/** Asks before things are removed. Anything but y or Y, and the end of the input, is a no. */
export async function confirm(ctx: CommandContext, warning: string): Promise<boolean> {
  ctx.stdout.write(`WARNING! ${warning}\nAre you sure you want to continue? [y/N] `);
  let answer = '';
  for await (const chunk of ctx.stdin.stream()) {
    answer += String(chunk);
    if (answer.includes('\n')) break;
  }
  const line = answer.split('\n')[0] ?? '';
  if (!answer.includes('\n')) ctx.stdout.write('\n');
  return line.trim().toLowerCase() === 'y';
}

/** What the prune of one kind of things took, or would take. */
export interface Pruned {
  /** `Containers` */
  readonly what: string;
  readonly lines: readonly string[];
  readonly bytes: number;
}

/** What prunes tell at their end: a heading for each kind with what is gone, one a line, and the sum. */
export function pruneReport(parts: readonly Pruned[], dryRun: boolean): string {
  const lists = parts
    .filter(({ lines }) => lines.length > 0)
    .map(({ what, lines }) => {
      const heading = dryRun ? `${what} that would be deleted:` : `Deleted ${what}:`;
      return `${heading}\n${lines.map((line) => `${line}\n`).join('')}\n`;
    });
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const total = dryRun
    ? `Space that would be reclaimed: ${humanSize(bytes)} (${bytes} bytes)`
    : `Total reclaimed space: ${humanSize(bytes)}`;
  return `${lists.join('')}${total}\n`;
}

export async function pruneContainers(client: Client, options: PruneOptions): Promise<Pruned> {
  const { ContainersDeleted, SpaceReclaimed } = await client.containerPrune(options);
  return { what: 'Containers', lines: ContainersDeleted ?? [], bytes: SpaceReclaimed };
}

/** `all`: those with names too. */
export async function pruneImages(
  client: Client,
  filter: FilterValues,
  all: boolean,
  options: PruneOptions,
): Promise<Pruned> {
  const filters = filterQuery(withFilter(filter, 'dangling', String(!all)));
  const { ImagesDeleted, SpaceReclaimed } = await client.imagePrune({ ...options, ...filters });
  const lines = (ImagesDeleted ?? []).map(({ Untagged, Deleted }) =>
    Untagged ? `untagged: ${Untagged}` : `deleted: ${Deleted ?? ''}`,
  );
  return { what: 'Images', lines, bytes: SpaceReclaimed };
}
