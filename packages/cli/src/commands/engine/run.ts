import { runEngine } from '../../engine/start.spawn.ts';
import { noArgs } from '../../framework/args.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/kinds.ts';

/** The flags as the engine's own program takes them; it checks their values. */
const flags = {
  addRuntime: flag.list('add-runtime', 'OCI runtimes that containers may name (NAME=PATH[,ARGUMENT...])'),
  bip: flag.string('bip', 'Address of the default bridge with prefix length'),
  bridge: flag.string('bridge', 'Name of the bridge of the default network', { short: 'b' }),
  cdiSpecDir: flag.list('cdi-spec-dir', 'Directories of CDI specifications (default /etc/cdi, /var/run/cdi)'),
  config: flag.string('config', 'JSON file with the same names as these options'),
  dataRoot: flag.string('data-root', 'Directory of images, containers and volumes (default /var/lib/wharf)'),
  debug: flag.bool('debug', 'Log more', { short: 'D' }),
  defaultRuntime: flag.string('default-runtime', 'Runtime of containers that name none (default wharf)'),
  execRoot: flag.string('exec-root', 'Directory of what lasts until the machine restarts (default /run/wharf)'),
  host: flag.list('host', 'Addresses to listen on (unix:///path, tcp://host:port)', { short: 'H' }),
  hub: flag.string('hub', 'Whether the embedded Hub runs ("on", "off")'),
  hubPort: flag.string('hub-port', 'Port of the embedded Hub on the loopback interface (default 0: a free one)'),
  insecureRegistry: flag.list('insecure-registry', 'Registries to be used without verified TLS'),
  journalSocket: flag.string('journal-socket', "Where systemd's journal listens (default /run/systemd/journal/socket)"),
  label: flag.list('label', 'Labels of this engine'),
  logDriver: flag.string('log-driver', 'Log driver of containers that name none (default json-file)'),
  logOpt: flag.list('log-opt', 'Options of that log driver (name=value)'),
  maxConcurrentDownloads: flag.string('max-concurrent-downloads', 'Layers fetched at once for a pull (default 3)'),
  poolSize: flag.string('pool-size', 'Sandboxes kept parked of each kind (default 3)'),
  registryMirror: flag.list('registry-mirror', 'Asked for images of docker.io before docker.io itself'),
  runtimeTimeout: flag.string('runtime-timeout', 'Seconds that another runtime may take for a start (default 30)'),
  usernsAutoUser: flag.string('userns-auto-user', "Whose subordinate IDs '--userns auto' gives (default containers)"),
  usernsRemap: flag.string('userns-remap', 'Whose subordinate IDs containers get (default|USER[:GROUP]|UID[:GID])'),
};

/** The words for one flag that was given. */
function wordsOf(name: string, value: string | boolean | readonly string[]): string[] {
  if (typeof value === 'boolean') return value ? [`--${name}`] : [];
  return [value].flat().map((each) => `--${name}=${each}`);
}

export const command = defineCommand({
  use: '[OPTIONS]',
  short: 'Run an engine in the foreground',
  flags,
  args: noArgs,
  async run(ctx, _args, values, changed) {
    const given = Object.entries(values).map(([key, value]) => [flags[key as keyof typeof flags].name, value] as const);
    return runEngine(
      ctx.env,
      given.filter(([name]) => changed.has(name)).flatMap(([name, value]) => wordsOf(name, value)),
    );
  },
});
