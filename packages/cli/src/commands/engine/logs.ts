import { accessSync, constants, existsSync } from 'node:fs';
import { LOG_FILE } from '../../engine/places.ts';
import { tailFile } from '../../engine/tail-file.ts';
import { exitError } from '../../errors.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Show what the engine in the background has logged',
  flags: {
    follow: flag.bool('follow', 'Go on with what it logs', { short: 'f' }),
    tail: flag.string('tail', 'Number of lines from the end', { short: 'n', initial: 'all' }),
  },
  args: noArgs,
  async run(ctx, _args, { follow, tail }) {
    if (!/^(all|\d+)$/.test(tail)) throw exitError(`invalid value for "tail": ${JSON.stringify(tail)}`, 1);
    if (!existsSync(LOG_FILE)) throw exitError(`there is no log yet: ${LOG_FILE}`, 1);
    if (!isReadable(LOG_FILE)) throw exitError(`permission denied: only root can read ${LOG_FILE}`, 1);
    const lines = tail === 'all' ? {} : { lines: Number(tail) };
    await tailFile(LOG_FILE, { ...lines, follow, write: (chunk) => ctx.stdout.write(chunk) });
    return 0;
  },
});
