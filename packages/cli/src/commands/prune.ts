import { humanSize } from '@wharf/spec';
import type { CommandContext } from '../framework/context.ts';
import type { Flag } from '../framework/flag.ts';
import { flag } from '../framework/kinds.ts';
import { type FilterValues, filterFlag } from './filter-flag.ts';

/** `--filter` of the prune commands. */
export function pruneFilterFlag(): Flag<FilterValues> {
  const { short: _, ...bare } = filterFlag();
  return { ...bare, usage: 'Provide filter values (e.g. "until=<timestamp>")' };
}

/** `--force` of the prune commands. */
export const forceFlag = flag.bool('force', 'Do not prompt for confirmation', { short: 'f' });

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

/** What a prune tells at its end: a heading with what is gone, one a line, and the sum. */
export function pruneReport(heading: string, lines: readonly string[], bytes: number): string {
  const list = lines.length === 0 ? '' : `${heading}\n${lines.map((line) => `${line}\n`).join('')}\n`;
  return `${list}Total reclaimed space: ${humanSize(bytes)}\n`;
}
