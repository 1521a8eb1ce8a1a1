import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, eventually, runCommand, sourceRoot } from '@wharf/testkit';

/** Beside hierarchies of version 1, crun refuses one of version 2 that has controllers; it must not see it. */
const HIDE = 'umount -l "$0" && exec "$@"';

/** The name of a runtime and what to call it by. */
export interface Named {
  readonly name: string;
  readonly program: string;
}

/** The runtimes that are compared: ours first. */
export const RUNTIMES: readonly Named[] = [
  { name: 'wharf-oci', program: join(sourceRoot(), 'build/wharf-oci') },
  { name: 'runc', program: 'runc' },
  { name: 'crun', program: 'crun' },
];

export interface RuntimeState {
  readonly ociVersion: string;
  readonly id: string;
  readonly pid: number;
  readonly status: string;
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Calls one runtime with a state directory of its own. */
export class RuntimeDriver {
  readonly name: string;
  readonly #argv: readonly string[];
  readonly #env: Readonly<Record<string, string>> = { PATH: process.env['PATH'] ?? '' };

  constructor({ name, program }: Named, root: string) {
    this.name = name;
    const unified = '/sys/fs/cgroup/unified';
    const hide = name === 'crun' && existsSync(unified) ? ['unshare', '-m', 'sh', '-c', HIDE, unified] : [];
    this.#argv = [...hide, program, '--root', join(root, `state-${name}`)];
  }

  call(...args: string[]): Promise<CommandResult> {
    return runCommand([...this.#argv, ...args], { env: this.#env });
  }

  /** `run` in the foreground. */
  run(bundle: { readonly id: string; readonly path: string }, input?: string): Promise<CommandResult> {
    const options = { env: this.#env, ...(input === undefined ? {} : { input }) };
    return runCommand([...this.#argv, 'run', '--bundle', bundle.path, bundle.id], options);
  }

  /** `run` in a terminal. */
  runInTerminal(bundle: { readonly id: string; readonly path: string }): Promise<CommandResult> {
    const command = [...this.#argv, 'run', '--bundle', bundle.path, bundle.id].map((word) => `'${word}'`).join(' ');
    // At the end of its input script(1) types the terminal's end-of-file character, which is NUL on a raw one.
    return runCommand(['script', '-qec', command, '/dev/null'], { env: this.#env, keepInputOpen: true });
  }

  /** `create`; what the container prints goes into the file `output` of its bundle. */
  create(bundle: { readonly id: string; readonly path: string }): Promise<CommandResult> {
    const words = [...this.#argv, 'create', '--bundle', bundle.path, '--pid-file', join(bundle.path, 'pid'), bundle.id];
    // Streams that the container holds must not be the test's.
    const redirect = 'exec "$@" >"$0/output" 2>"$0/errors" </dev/null';
    return runCommand(['sh', '-c', redirect, bundle.path, ...words], { env: this.#env });
  }

  async state(id: string): Promise<RuntimeState | undefined> {
    const { code, stdout } = await this.call('state', id);
    return code === 0 ? (JSON.parse(stdout) as RuntimeState) : undefined;
  }

  /** Waits for a status. */
  async becomes(id: string, status: string): Promise<void> {
    await eventually(async () => (await this.state(id))?.status === status);
  }
}

/** What a created container has printed so far. */
export function outputOf(bundle: { readonly path: string }): string {
  return readFileSync(join(bundle.path, 'output'), 'utf8');
}
