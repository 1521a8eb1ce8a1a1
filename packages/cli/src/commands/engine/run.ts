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
    logDriver: flag.string('log-driver', 'Log driver of containers that name none'),
    logOpt: flag.list('log-opt', 'Options of that log driver (name=value)'),
    hub: flag.string('hub', 'Whether the embedded Hub runs ("on", "off")'),
  },
  args: noArgs,
  async run(ctx, _args, flags, changed) {
    const single = { bridge: flags.bridge, config: flags.config, 'data-root': flags.dataRoot } as const;
    const named = { ...single, 'exec-root': flags.execRoot, hub: flags.hub, 'log-driver': flags.logDriver };
    const args = Object.entries(named)
      .filter(([name]) => changed.has(name))
      .flatMap(([name, value]) => [`--${name}`, value]);
    const lists = [
      ...flags.host.flatMap((host) => ['--host', host]),
      ...flags.logOpt.flatMap((option) => ['--log-opt', option]),
    ];
    return runEngine(ctx.env, [...lists, ...args]);
  },
});
