import type { Command, CommandGroup, CommandLoader, CommandTable } from './command.ts';
import type { FlagTable } from './flag.ts';
import { type CommandList, commandLists, flagUsages } from './help.ts';

/** True for a noun with verbs below it. */
export function isGroup(entry: CommandLoader | CommandGroup): entry is CommandGroup {
  return 'verbs' in entry;
}

/** The verbs that come first in the general help, in this order. */
const COMMON = ['run', 'exec', 'ps', 'build', 'pull', 'push', 'images', 'login', 'logout', 'search', 'version', 'info'];

/** Loads every verb of a table to list it; only help does so. */
async function rowsOf(table: CommandTable, wanted: (name: string) => boolean): Promise<[string, string][]> {
  const names = Object.keys(table).filter(wanted).sort();
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => {
      const entry = table[name];
      if (!entry) return [name, ''];
      if (isGroup(entry)) return [name, entry.short];
      const { command }: { command: Command } = await entry.load();
      return [name, command.short];
    }),
  );
}

/** The help of a noun. */
export async function groupHelp(path: string, group: CommandGroup): Promise<string> {
  const lists = commandLists([{ title: 'Commands', rows: await rowsOf(group.verbs, () => true) }]);
  return `Usage:  ${path} COMMAND\n\n${group.short}\n\n${lists}\n\nRun '${path} COMMAND --help' for more information on a command.\n`;
}

/** The help of the whole program. */
export async function rootHelp(table: CommandTable, flags: FlagTable, width: number): Promise<string> {
  const isNoun = (name: string): boolean => {
    const entry = table[name];
    return entry !== undefined && isGroup(entry);
  };
  const common = await rowsOf(table, (name) => COMMON.includes(name));
  common.sort(([a], [b]) => COMMON.indexOf(a) - COMMON.indexOf(b));
  const lists: CommandList[] = [
    { title: 'Common Commands', rows: common },
    { title: 'Management Commands', rows: await rowsOf(table, isNoun) },
    { title: 'Commands', rows: await rowsOf(table, (name) => !isNoun(name) && !COMMON.includes(name)) },
  ];
  const intro = 'Usage:  wharf [OPTIONS] COMMAND\n\nA complete container platform in one program\n';
  const options = `Global Options:\n${flagUsages(flags, width)}`;
  return `${intro}\n${commandLists(lists)}\n\n${options}\nRun 'wharf COMMAND --help' for more information on a command.\n`;
}
