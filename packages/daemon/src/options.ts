import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { errnoOf, messageOf } from '@wharf/kit';
import { type OciRuntime, parseRuntime } from '@wharf/runtime';
import { fail } from './errors.ts';

/** What `wharf engine run` was told, defaults filled in. */
export interface DaemonOptions {
  /** `unix:///path` or `tcp://host:port`. */
  readonly hosts: readonly string[];
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly bridge: string;
  readonly hub: boolean;
  /** Port of the embedded Hub on loopback; 0 takes a free one. */
  readonly hubPort: number;
  readonly mirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly labels: readonly string[];
  /** Directories of CDI specifications. */
  readonly cdiSpecDirs: readonly string[];
  readonly poolSize: number;
  /** `default`, `USER[:GROUP]` or `UID[:GID]`; undefined leaves containers the host's IDs. */
  readonly usernsRemap: string | undefined;
  /** Whose subordinate IDs `--userns auto` hands out. */
  readonly usernsAutoUser: string;
  /** Log driver of containers that name none, and its options. */
  readonly logDriver: string;
  readonly logOptions: Readonly<Record<string, string>>;
  /** Where systemd's journal listens, for the log driver journald. */
  readonly journalSocket: string;
  readonly debug: boolean;
  readonly maxConcurrentDownloads: number;
  /** Address of the default bridge with prefix (`172.30.0.1/16`); undefined lets the engine choose. */
  readonly bip: string | undefined;
  readonly runtimes: readonly OciRuntime[];
  readonly defaultRuntime: string | undefined;
  /** Seconds that another runtime may take to start a container. */
  readonly runtimeTimeout: number;
}

const DEFAULT_EXEC_ROOT = '/run/wharf';
export const DEFAULT_HOST = 'unix:///run/wharf/wharf.sock';

const DEFAULT_JOURNAL = '/run/systemd/journal/socket';

const FLAGS = {
  host: { type: 'string', short: 'H', multiple: true },
  'data-root': { type: 'string' },
  'exec-root': { type: 'string' },
  config: { type: 'string' },
  bridge: { type: 'string', short: 'b' },
  bip: { type: 'string' },
  hub: { type: 'string' },
  'hub-port': { type: 'string' },
  'registry-mirror': { type: 'string', multiple: true },
  'insecure-registry': { type: 'string', multiple: true },
  label: { type: 'string', multiple: true },
  'cdi-spec-dir': { type: 'string', multiple: true },
  'log-driver': { type: 'string' },
  'log-opt': { type: 'string', multiple: true },
  'journal-socket': { type: 'string' },
  'pool-size': { type: 'string' },
  'userns-remap': { type: 'string' },
  'userns-auto-user': { type: 'string' },
  'max-concurrent-downloads': { type: 'string' },
  'add-runtime': { type: 'string', multiple: true },
  'default-runtime': { type: 'string' },
  'runtime-timeout': { type: 'string' },
  debug: { type: 'boolean', short: 'D' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const USAGE = `Usage:  wharf engine run [OPTIONS]

Run the engine in the foreground

Options:
  -H, --host list                      Where to listen: unix:///path or tcp://host:port (default ${DEFAULT_HOST})
      --data-root string               Images, containers, database (default /var/lib/wharf)
      --exec-root string               Sockets and state of running containers (default /run/wharf)
      --config string                  JSON file with the same names as these options
  -b, --bridge string                  Name of the default bridge (default wharf0, or one that
                                       follows from the exec root)
      --bip string                     Address of the default bridge with prefix length
      --hub on|off                     The embedded Hub (default on)
      --hub-port int                   Port of the embedded Hub on the loopback interface (default 0: a free one)
      --registry-mirror list           Asked for images of docker.io before docker.io itself
      --insecure-registry list         Registries to be used without verified TLS
      --label list                     Labels of this engine
      --cdi-spec-dir list              Directories of CDI specifications (default /etc/cdi, /var/run/cdi)
      --log-driver string              Log driver of containers that name none (default json-file)
      --log-opt list                   Options of that driver: name=value
      --journal-socket string          Where the journal listens (default ${DEFAULT_JOURNAL})
      --max-concurrent-downloads int   Layers fetched at the same time for each pull (default 3)
      --pool-size int                  Sandboxes kept parked of each kind (default 3)
      --userns-remap string            User and group whose subordinate IDs containers get: default,
                                       USER[:GROUP] or UID[:GID]
      --userns-auto-user string        User whose subordinate IDs 'run --userns auto' hands out (default containers)
      --add-runtime list               OCI runtimes that containers may name: NAME=PATH[,ARGUMENT…]; runc and crun
                                       are known when they are installed
      --default-runtime string         Runtime of containers that name none (default wharf)
      --runtime-timeout int            Seconds that another runtime may take to start a container (default 30)
  -D, --debug                          Log more
`;

type Values = Readonly<Record<string, unknown>>;

function parseFlags(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: false }).values;
  } catch (cause) {
    throw fail('BAD_OPTION', messageOf(cause), { cause });
  }
}

function readConfig(path: string | undefined): Values {
  if (path === undefined) return {};
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw fail('BAD_OPTION', 'it is no JSON object');
    return value as Values;
  } catch (cause) {
    const reason = errnoOf(cause) === 'ENOENT' ? 'no such file' : messageOf(cause);
    throw fail('BAD_OPTION', `unable to configure the engine with file ${path}: ${reason}`, { cause });
  }
}

/** Names of lists in the file are Docker's plural ones. */
const FILE_NAMES: Readonly<Record<string, string>> = {
  host: 'hosts',
  'registry-mirror': 'registry-mirrors',
  'insecure-registry': 'insecure-registries',
  label: 'labels',
  'cdi-spec-dir': 'cdi-spec-dirs',
  'log-opt': 'log-opts',
  'add-runtime': 'runtimes',
};

class Settings {
  readonly #flags: Values;
  readonly #file: Values;

  constructor(flags: Values, file: Values) {
    this.#flags = flags;
    this.#file = file;
    const known = new Set(Object.keys(FLAGS).map((name) => FILE_NAMES[name] ?? name));
    const unknown = Object.keys(file).filter((name) => !known.has(name));
    if (unknown.length > 0) throw fail('BAD_OPTION', `the following directives are not known: ${unknown.join(', ')}`);
  }

  #value(name: string): unknown {
    return this.#flags[name] ?? this.#file[FILE_NAMES[name] ?? name];
  }

  text(name: string, fallback: string): string {
    const value = this.#value(name) ?? fallback;
    if (typeof value !== 'string' || value === '') throw fail('BAD_OPTION', `--${name} wants a text`);
    return value;
  }

  optional(name: string): string | undefined {
    return this.#value(name) === undefined ? undefined : this.text(name, '');
  }

  /** What the configuration file alone says. */
  inFile(name: string): unknown {
    return this.#flags[name] === undefined ? this.#value(name) : undefined;
  }

  list(name: string): string[] {
    const value = this.#value(name) ?? [];
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
      throw fail('BAD_OPTION', `--${name} wants a list of texts`);
    }
    return value;
  }

  /** `name=value` flags; in the file an object of texts. Flags win one by one. */
  pairs(name: string): Readonly<Record<string, string>> {
    const file = this.#file[FILE_NAMES[name] ?? name] ?? {};
    const isTexts = (value: unknown): value is Record<string, string> =>
      typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
    if (!isTexts(file)) throw fail('BAD_OPTION', `${FILE_NAMES[name] ?? name} wants an object of texts`);
    const flags = ((this.#flags[name] ?? []) as string[]).map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw fail('BAD_OPTION', `--${name} wants name=value, not ${text}`);
      return [text.slice(0, at), text.slice(at + 1)] as const;
    });
    return { ...file, ...Object.fromEntries(flags) };
  }

  number(name: string, fallback: number, most: number): number {
    const value = Number(this.#value(name) ?? fallback);
    if (!Number.isInteger(value) || value < 0 || value > most) {
      throw fail('BAD_OPTION', `--${name} wants a number from 0 to ${most}`);
    }
    return value;
  }

  onOff(name: string): boolean {
    const value = this.#value(name) ?? 'on';
    if (value === true || value === 'on') return true;
    if (value === false || value === 'off') return false;
    throw fail('BAD_OPTION', `--${name} wants on or off`);
  }

  flag(name: string): boolean {
    return this.#value(name) === true;
  }
}

/** The runtimes of the command line, or those of the file in dockerd's form: `{"NAME": {"path": …, "runtimeArgs": […]}}`. */
function readRuntimes(settings: Settings): OciRuntime[] {
  const value = settings.inFile('add-runtime');
  if (value === undefined) return settings.list('add-runtime').map(parseRuntime);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fail('BAD_OPTION', 'runtimes wants an object: name to {"path", "runtimeArgs"}');
  }
  return Object.entries(value as Record<string, unknown>).map(([name, given]) => {
    const { path, runtimeArgs = [] } = (given ?? {}) as { path?: unknown; runtimeArgs?: unknown };
    const texts = Array.isArray(runtimeArgs) && runtimeArgs.every((one) => typeof one === 'string');
    if (typeof path !== 'string' || !texts) throw fail('BAD_OPTION', `runtime ${name} wants a path and runtimeArgs`);
    return { ...parseRuntime(`${name}=${path}`), args: runtimeArgs };
  });
}

/** Every engine of a machine has a bridge of its own: wharf0, or for another exec root a name that follows from it. */
function defaultBridge(execRoot: string): string {
  if (execRoot === DEFAULT_EXEC_ROOT) return 'wharf0';
  return `wharf${createHash('sha256').update(execRoot).digest('hex').slice(0, 8)}`;
}

/** An empty text stands for no directory, as with Docker. */
function cdiDirectories(given: readonly string[]): string[] {
  if (given.length === 0) return ['/etc/cdi', '/var/run/cdi'];
  return given.filter(Boolean).map((path) => resolve(path));
}

/** Reads command line and configuration file; flags win. Undefined when help was asked for. Throws BAD_OPTION. */
export function parseOptions(args: readonly string[]): DaemonOptions | undefined {
  const flags = parseFlags(args);
  if (flags['help']) return undefined;
  const settings = new Settings(flags, readConfig(flags['config'] as string | undefined));
  const hosts = settings.list('host');
  for (const host of hosts) {
    if (!/^(unix:\/\/\/.+|tcp:\/\/[^/]+:\d+)$/.test(host)) {
      throw fail('BAD_OPTION', `cannot listen on ${host}: use unix:///path or tcp://host:port`);
    }
  }
  const bip = settings.text('bip', '-');
  const execRoot = resolve(settings.text('exec-root', DEFAULT_EXEC_ROOT));
  return {
    hosts: hosts.length > 0 ? hosts : [DEFAULT_HOST],
    dataRoot: resolve(settings.text('data-root', '/var/lib/wharf')),
    execRoot,
    bridge: settings.text('bridge', defaultBridge(execRoot)),
    hub: settings.onOff('hub'),
    hubPort: settings.number('hub-port', 0, 65535),
    mirrors: settings.list('registry-mirror'),
    insecureRegistries: settings.list('insecure-registry'),
    labels: settings.list('label'),
    cdiSpecDirs: cdiDirectories(settings.list('cdi-spec-dir')),
    poolSize: settings.number('pool-size', 3, 64),
    usernsRemap: settings.optional('userns-remap'),
    usernsAutoUser: settings.text('userns-auto-user', 'containers'),
    logDriver: settings.text('log-driver', 'json-file'),
    logOptions: settings.pairs('log-opt'),
    journalSocket: resolve(settings.text('journal-socket', DEFAULT_JOURNAL)),
    debug: settings.flag('debug'),
    maxConcurrentDownloads: settings.number('max-concurrent-downloads', 3, 64),
    bip: bip === '-' ? undefined : bip,
    runtimes: readRuntimes(settings),
    defaultRuntime: settings.optional('default-runtime'),
    runtimeTimeout: settings.number('runtime-timeout', 30, 3600),
  };
}
