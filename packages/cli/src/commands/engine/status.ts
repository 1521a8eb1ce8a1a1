import { findEngineProcess } from '../../engine/find-process.ts';
import { DEFAULT_HOST, LOCK_FILE, LOG_FILE } from '../../engine/places.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';

/** Exit status for a service that does not run (Linux Standard Base, init scripts). */
const NOT_RUNNING = 3;

export const command = defineCommand({
  use: '',
  short: 'Show whether the engine in the background is running',
  flags: {},
  args: noArgs,
  async run(ctx) {
    const pid = findEngineProcess(LOCK_FILE);
    if (pid === undefined) {
      ctx.stdout.write("The engine is not running; 'wharf engine start' starts it\n");
      return NOT_RUNNING;
    }
    const { createClient } = await import('@wharf/client');
    const client = createClient({ host: DEFAULT_HOST });
    try {
      const [version, info] = await Promise.all([client.systemVersion(), client.systemInfo()]);
      const rows = [
        ['Process', String(pid)],
        ['Socket', DEFAULT_HOST],
        ['Version', `${version.Version} (API ${version.ApiVersion})`],
        ['Containers', `${info.Containers} (${info.ContainersRunning} running)`],
        ['Images', String(info.Images)],
        ['Data', info.DockerRootDir],
        ['Log', LOG_FILE],
      ];
      ctx.stdout.write(rows.map(([name = '', value]) => `${`${name}:`.padEnd(12)}${value}\n`).join(''));
      return 0;
    } finally {
      client.close();
    }
  },
});
