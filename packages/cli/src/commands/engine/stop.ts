import { setTimeout as sleep } from 'node:timers/promises';
import { findEngineProcess } from '../../engine/find-process.ts';
import { LOCK_FILE } from '../../engine/places.ts';
import { exitError } from '../../errors.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';

/** Milliseconds between two looks at whether it is gone. */
const LOOK = 20;

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Stop the engine in the background; containers go on running',
  flags: { timeout: flag.int('timeout', 'Seconds to wait for it to end', { short: 't', initial: 30 }) },
  args: noArgs,
  async run(ctx, _args, flags) {
    const pid = findEngineProcess(LOCK_FILE);
    if (pid === undefined) {
      ctx.stdout.write('The engine is not running\n');
      return 0;
    }
    process.kill(pid, 'SIGTERM');
    const deadline = performance.now() + flags.timeout * 1000;
    while (findEngineProcess(LOCK_FILE) === pid) {
      if (performance.now() > deadline) throw exitError(`the engine (process ${pid}) has not ended yet`, 1);
      await sleep(LOOK);
    }
    ctx.stdout.write('The engine has stopped\n');
    return 0;
  },
});
