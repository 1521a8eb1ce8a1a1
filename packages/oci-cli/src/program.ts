import { messageOf } from '@wharf/kit';
import { CellRunner } from '@wharf/linux';
import type { Command } from './commands/command.ts';
import { create, run } from './commands/create.ts';
import { features, spec } from './commands/describe.ts';
import { exec } from './commands/exec.ts';
import { pause, resume } from './commands/freezing.ts';
import { kill, remove, start, state } from './commands/lifecycle.ts';
import { list, ps } from './commands/listing.ts';
import { update } from './commands/update.ts';
import { StateDirectory } from './container/container-store.ts';
import type { Terminal } from './container/foreground.ts';
import { fail } from './errors.ts';
import { type FlagKinds, parseFlags } from './flags.ts';
import { writeLog } from './log.ts';

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    create,
    start,
    state,
    kill,
    delete: remove,
    run,
    exec,
    list,
    features,
    pause,
    resume,
    ps,
    update,
    spec,
  }),
);

const GLOBAL = {
  root: 'value',
  log: 'value',
  'log-format': 'value',
  debug: 'flag',
  'systemd-cgroup': 'flag',
  rootless: 'value',
  criu: 'value',
  version: 'flag',
  help: 'flag',
} as const satisfies FlagKinds;

const USAGE = `Usage:  wharf-oci [OPTIONS] COMMAND [OPTIONS] ID

Containers from OCI bundles, with Wharf's cell

Options:
  --root string          Where the states of containers are (default /run/wharf-oci)
  --log string           File that errors are written to
  --log-format string    text or json (default text)
  --systemd-cgroup       Control groups are named as SLICE:PREFIX:NAME (made without systemd)
  --version, --help

Commands:
  create, start, run     Make a container; let it run; both
  state, list, ps        What there is
  kill, delete           Send a signal; remove
  exec                   Run a further process
  pause, resume, update  Stop and go; change limits
  spec, features         An example of a config.json; what one may ask for
`;

/** What the program stands in. */
export interface Surroundings {
  readonly cell: string;
  readonly version: string;
  readonly cwd: string;
  readonly now: () => Date;
  readonly terminal: Terminal;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** Runs one command line; the exit code. Errors are told as callers of OCI runtimes expect: in the log and on stderr. */
export async function runProgram(args: readonly string[], place: Surroundings): Promise<number> {
  let log = { file: undefined as string | undefined, format: 'text' };
  let name = '';
  const tell = (level: 'error' | 'warning', message: string) => {
    writeLog(log, level, message, place.now().toISOString());
    place.stderr(`${message}\n`);
  };
  const runner = new CellRunner(place.cell);
  try {
    const flags = parseFlags(args, GLOBAL, { v: 'version', h: 'help' });
    log = { file: flags.text('log'), format: flags.text('log-format') ?? 'text' };
    if (flags.has('version')) {
      place.stdout(`wharf-oci version ${place.version}\nspec: 1.2.0\n`);
      return 0;
    }
    name = flags.rest[0] ?? 'help';
    if (flags.has('help') || name === 'help') {
      place.stdout(USAGE);
      return 0;
    }
    const command = COMMANDS.get(name);
    if (!command) throw fail('OCI_USAGE', `no such command: ${name}`);
    const states = new StateDirectory(flags.text('root') ?? '/run/wharf-oci');
    const { cell, cwd, now, stdout: print } = place;
    const warn = (message: string) => tell('warning', message);
    return await command({ states, cell, runner, cwd, now, print, warn }, flags.rest.slice(1), place.terminal);
  } catch (error) {
    const prefix = ['create', 'run', 'exec'].includes(name) ? `wharf-oci ${name} failed: ` : '';
    tell('error', `${prefix}${messageOf(error)}`);
    return name === 'exec' ? 255 : 1;
  } finally {
    await runner.close();
  }
}
