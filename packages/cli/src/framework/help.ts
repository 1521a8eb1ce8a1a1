import type { Command } from './command.ts';
import type { Flag, FlagTable } from './flag.ts';
import { wrapText } from './wrap.ts';

type AnyFlag = Flag<unknown>;

/** The list of options, one block per flag, sorted by name, filled up to `width` characters. */
export function flagUsages(flags: FlagTable, width: number): string {
  const shown = (Object.values(flags) as AnyFlag[]).filter((each) => !each.hidden && each.deprecated === undefined);
  // `-h` means help unless a flag takes it; only then is the long form worth a line.
  if (shown.some((each) => each.short === 'h')) {
    shown.push({ name: 'help', usage: 'Print usage', type: '', initial: false, parse: () => true });
  }
  const rows = shown
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((each): [string, string] => {
      const letter = each.short === undefined ? '      ' : `  -${each.short}, `;
      const standing = each.shown === undefined ? '' : ` (default ${each.shown})`;
      return [`${letter}--${each.name}${each.type === '' ? '' : ` ${each.type}`}`, each.usage + standing];
    });
  const left = Math.max(0, ...rows.map(([head]) => head.length));
  return rows.map(([head, text]) => `${head.padEnd(left)}   ${wrapText(text, left + 3, width - 1)}\n`).join('');
}

/** The help of one verb. */
export function commandHelp(path: string, command: Command, width: number): string {
  const parts = [`Usage:  ${path} ${command.use}`.trimEnd(), (command.long ?? command.short).trim()];
  if (command.aliases) {
    parts.push(`Aliases:\n  ${command.aliases.map((alias) => `wharf ${alias}`).join(', ')}`);
  }
  const options = flagUsages(command.flags, width);
  if (options !== '') parts.push(`Options:\n${options.trimEnd()}`);
  return `${parts.join('\n\n')}\n`;
}

/** One titled list of commands. */
export interface CommandList {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, short: string])[];
}

/** Titled lists of commands, all with the same column width. */
export function commandLists(lists: readonly CommandList[]): string {
  const all = lists.flatMap((list) => list.rows);
  const left = Math.max(11, ...all.map(([name]) => name.length));
  return lists
    .filter((list) => list.rows.length > 0)
    .map(({ title, rows }) => {
      const lines = rows.map(([name, short]) => `  ${name.padEnd(left)} ${short}`);
      return `${title}:\n${lines.join('\n')}`;
    })
    .join('\n\n');
}
