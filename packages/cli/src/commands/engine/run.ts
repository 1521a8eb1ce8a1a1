import { runEngine } from '../../engine/start.spawn.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';

/** The flags as the engine's own program takes them; it checks their values. */
export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Run an engine in the foreground',
  flags: {
    bridge: flag.string('bridge', 'Name of the bridge of the default network'),
    config: flag.string('config', 'Configuration file of the engine'),
    dataRoot: flag.string('data-root', 'Directory of images, containers and volumes'),
    execRoot: flag.string('exec-root', 'Directory of what lasts until the machine restarts'),
    host: flag.list('host', 'Addresses to listen on (unix:///path, tcp://host:port)', { short: 'H' }),
    hub: flag.string('hub', 'Whether the embedded Hub runs ("on", "off")'),
  },
  args: noArgs,
  async run(ctx, _args, flags, changed) {
    const single = { bridge: flags.bridge, config: flags.config, 'data-root': flags.dataRoot } as const;
    const named = { ...single, 'exec-root': flags.execRoot, hub: flags.hub };
    const args = Object.entries(named)
      .filter(([name]) => changed.has(name))
      .flatMap(([name, value]) => [`--${name}`, value]);
    return runEngine(ctx.env, [...flags.host.flatMap((host) => ['--host', host]), ...args]);
  },
});
