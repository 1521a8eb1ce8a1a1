import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '@wharf/kit';
import type { OciProcess } from '@wharf/spec';
import { ociJson } from './bundle-config.ts';
import type { RuntimeCommand } from './foreign-plan.ts';
import type { OciRuntime } from './oci-runtime.ts';
import { callRuntime, type RuntimeAnswer } from './runtime-call.spawn.ts';

/** The name of the file in a container's directory that says which runtime it is with. */
const DESCRIPTION = 'oci.json';
/** Milliseconds that signals and removals may take. */
const PATIENCE = 10_000;

interface Description {
  readonly id: string;
  readonly runtime: OciRuntime;
  readonly search: string;
  /** The machine's OOM kills before the start. */
  readonly oomBefore: number;
}

/** The OOM kills of this machine since it started. */
function machineOomKills(): number {
  return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0);
}

/** The process id in a file that a runtime writes; undefined until it is there whole. */
export function readPidFile(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return /^[1-9]\d{0,9}$/.test(text.trim()) ? Number(text) : undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * A container with another runtime: the places of its bundle and state below its sandbox's directory, and the commands
 * for it. What is needed to find it again is written down, so that a later engine need not have the same settings.
 */
export class ForeignContainer {
  readonly directory: string;
  readonly #description: Description;

  private constructor(directory: string, description: Description) {
    this.directory = directory;
    this.#description = description;
  }

  /** Writes the bundle of a container that is about to be started. `config` is the text of its config.json. */
  static create(
    directory: string,
    options: {
      readonly id: string;
      readonly runtime: OciRuntime;
      readonly search: string;
      readonly config: string;
    },
  ): ForeignContainer {
    const { id, runtime, search } = options;
    const description = { id, runtime, search, oomBefore: machineOomKills() };
    mkdirSync(join(directory, 'bundle'), { mode: 0o700 });
    writeFileSync(join(directory, 'bundle/config.json'), options.config, { mode: 0o600 });
    writeFileSync(ForeignContainer.networkFile(directory), '', { mode: 0o600 });
    writeFileSync(join(directory, DESCRIPTION), JSON.stringify(description), { mode: 0o600 });
    return new ForeignContainer(directory, description);
  }

  /** The container of a sandbox's directory; undefined when it is not with another runtime. */
  static find(directory: string): ForeignContainer | undefined {
    try {
      const text = readFileSync(join(directory, DESCRIPTION), 'utf8');
      return new ForeignContainer(directory, JSON.parse(text) as Description);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  get runtime(): OciRuntime {
    return this.#description.runtime;
  }

  get oomBefore(): number {
    return this.#description.oomBefore;
  }

  /** The file that stands for the network namespace, in the runtime's mount namespace. */
  static networkFile(directory: string): string {
    return join(directory, 'net');
  }

  get pidFile(): string {
    return join(this.directory, 'pid');
  }

  get logFile(): string {
    return join(this.directory, 'runtime.log');
  }

  /** `run` in the foreground. */
  get runCommand(): RuntimeCommand {
    const bundle = join(this.directory, 'bundle');
    const { id } = this.#description;
    return this.#command(this.logFile, ['run', '--bundle', bundle, '--pid-file', this.pidFile, id]);
  }

  /** `exec` of a process in the foreground; `place` is the directory of its files, which are written there. */
  execCommand(process: OciProcess, place: string): RuntimeCommand {
    const file = join(place, 'process.json');
    const { consoleSize: _, ...rest } = process;
    writeFileSync(file, ociJson(rest), { mode: 0o600 });
    const args = ['exec', '--process', file, '--pid-file', join(place, 'pid'), this.#description.id];
    return this.#command(join(place, 'runtime.log'), args);
  }

  #command(log: string, args: readonly string[]): RuntimeCommand {
    const { runtime, search } = this.#description;
    const common = ['--root', join(this.directory, 'oci'), '--log', log, '--log-format', 'json'];
    return { path: runtime.path, args: [...runtime.args, ...common, ...args], search };
  }

  #call(...args: string[]): Promise<RuntimeAnswer> {
    const { path, args: all, search } = this.#command('/dev/null', args);
    return callRuntime(path, all, { search, patience: PATIENCE });
  }

  /** Sends a signal to the container's first process. */
  kill(signal: number): Promise<RuntimeAnswer> {
    return this.#call('kill', this.#description.id, String(signal));
  }

  /** Makes the runtime forget a container that is over; most do that by themselves, unless they were killed. */
  async forget(): Promise<void> {
    const left = await readdir(join(this.directory, 'oci')).catch(() => []);
    if (left.length > 0) await this.#call('delete', '--force', this.#description.id);
  }
}
