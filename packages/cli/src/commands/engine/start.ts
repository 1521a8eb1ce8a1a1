import { DEFAULT_HOST, LOG_FILE, SOCKET } from '../../engine/places.ts';
import { answers, startEngine } from '../../engine/start.spawn.ts';
import { exitError } from '../../errors.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';

export const command = defineCommand({
  use: '',
  short: 'Start the engine in the background',
  flags: {},
  args: noArgs,
  async run(ctx) {
    if (await answers(SOCKET)) {
      ctx.stdout.write(`The engine is already running at ${DEFAULT_HOST}\n`);
      return 0;
    }
    if (process.getuid?.() !== 0) throw exitError('only root can start the engine', 1);
    await startEngine(ctx.env);
    ctx.stdout.write(`The engine is running at ${DEFAULT_HOST}, its log is ${LOG_FILE}\n`);
    return 0;
  },
});
