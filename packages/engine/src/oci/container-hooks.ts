import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, messageOf } from '@wharf/kit';
import type { CellRunner, Program } from '@wharf/linux';
import {
  bundleConfig,
  type HookKind,
  type Hooks,
  hooksOf,
  type InsidePlace,
  performWithHooks,
  runHooks,
  runStartHooks,
} from '@wharf/runtime';
import type { OciConfig } from '@wharf/spec';

export interface ContainerHooksOptions {
  readonly execRoot: string;
  readonly runner: Pick<CellRunner, 'sealedPath'>;
  /** How long a hook may take that does not say (milliseconds). */
  readonly patience: number;
  readonly logger: Logger;
}

/** A start with hooks. */
export interface HookedContainer {
  readonly id: string;
  readonly config: OciConfig;
  /** Of what will be its first process, on the host. */
  readonly pid: number;
  /** When it is in a user namespace: who its root is on the host. */
  readonly user?: { readonly rootUid: number; readonly rootGid: number };
  /** Its seccomp filter; undefined for unconfined. */
  readonly filter: Uint8Array | undefined;
  /** Where its processes are; only asked for when there are hooks. */
  cgroup(): InsidePlace['cgroup'];
}

/** The hooks that our own runtime runs. */
export const OWN_HOOKS: readonly HookKind[] = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
];

/** Runs the programs that belong to a container's start (runtime-spec, config.md, "POSIX-platform Hooks"). */
export class ContainerHooks {
  readonly #options: ContainerHooksOptions;
  readonly #bundles: string;

  constructor(options: ContainerHooksOptions) {
    this.#options = options;
    this.#bundles = join(options.execRoot, 'bundles');
    // What a crash left.
    rmSync(this.#bundles, { recursive: true, force: true });
  }

  /** Performs the container's program with its hooks. Throws HOOK_FAILED and what `perform` throws. */
  async perform(
    container: HookedContainer,
    program: Program,
    perform: (part: Program) => Promise<void>,
  ): Promise<void> {
    if (!container.config.hooks) return await perform(program);
    const hooks = hooksOf(container.config.hooks, this.#options.patience);
    const bundle = this.#writeBundle(container);
    const { pid, user } = container;
    const state = stateOf(container, bundle, 'creating');
    const startHooks = () => this.#beforeStart(container, hooks, bundle);
    try {
      const start = { hooks, state, bundle, pid, user: user !== undefined, startHooks };
      await performWithHooks(program, start, perform);
      await this.#afterStart(container, bundle);
    } finally {
      rmSync(bundle, { recursive: true, force: true });
    }
  }

  async #beforeStart(container: HookedContainer, hooks: Hooks, bundle: string): Promise<void> {
    const { pid, user, config, filter } = container;
    const cell = await this.#options.runner.sealedPath();
    await runStartHooks(hooks, stateOf(container, bundle, 'created'), {
      cell,
      directory: bundle,
      pid,
      user: user !== undefined,
      process: config.process,
      cgroup: container.cgroup(),
      filter,
    });
  }

  /** The container runs: what goes wrong now is only told. */
  async #afterStart(container: HookedContainer, bundle: string): Promise<void> {
    const hooks = hooksOf(container.config.hooks, this.#options.patience);
    try {
      await runHooks(hooks, 'poststart', stateOf(container, bundle, 'running'), { cwd: bundle });
    } catch (error) {
      this.#options.logger.warn('hook', { container: container.id, error: messageOf(error) });
    }
  }

  /** What hooks read: they find the container's root by it. It is the container's root's, as whom some of them run. */
  #writeBundle({ id, config, user }: HookedContainer): string {
    const bundle = join(this.#bundles, id);
    mkdirSync(this.#bundles, { recursive: true, mode: 0o711 });
    rmSync(bundle, { recursive: true, force: true });
    mkdirSync(bundle, { mode: 0o700 });
    const file = join(bundle, 'config.json');
    const text = bundleConfig(config, { seccomp: undefined, isDirectory: () => true });
    writeFileSync(file, text, { mode: 0o600 });
    if (user) for (const path of [bundle, file]) chownSync(path, user.rootUid, user.rootGid);
    return bundle;
  }
}

function stateOf(
  { id, pid, config }: HookedContainer,
  bundle: string,
  status: 'creating' | 'created' | 'running',
): string {
  const annotations = config.annotations ? { annotations: config.annotations } : {};
  return JSON.stringify({ ociVersion: '1.0.2', id, pid, status, bundle, ...annotations });
}
