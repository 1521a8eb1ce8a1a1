import { statSync } from 'node:fs';
import { pid } from 'node:process';
import { messageOf } from '@wharf/kit';
import type { SeccompConfig } from '@wharf/linux';
import {
  awaitStart,
  behindRuntime,
  bundleConfig,
  ContainerProcess,
  endRuntime,
  ForeignContainer,
  foreignError,
  type KernelFeatures,
  type LogTarget,
  type OciRuntime,
  OutputHold,
  planForeign,
  type Rootfs,
} from '@wharf/runtime';
import type { OciConfig, OciNamespace } from '@wharf/spec';
import type { EngineConfig } from '../config.ts';
import { fail } from '../errors.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { Held, NetworkKind, SandboxService } from '../sandboxes/sandbox-service.ts';
import { placeOf } from './cgroup-place.ts';
import type { ContainerRecord } from './record.ts';
import type { StartHooks } from './starter.ts';

export interface ForeignStarterOptions {
  readonly config: EngineConfig;
  readonly sandboxes: SandboxService;
  readonly cgroups: MachineCgroups;
  readonly features: KernelFeatures;
}

/** All that a start by another runtime is made from. */
export interface ForeignStart {
  readonly record: ContainerRecord;
  readonly runtime: OciRuntime;
  readonly hooks: StartHooks;
  readonly namespaces: readonly OciNamespace[];
  readonly network: NetworkKind;
  readonly rootfs: Rootfs;
  readonly log: LogTarget | undefined;
  /** The configuration in these namespaces; the same as our own lowering would take. */
  configure(held: Held, namespaces: readonly OciNamespace[]): OciConfig;
  /** The rules of its seccomp filter. */
  seccomp(config: OciConfig): SeccompConfig | undefined;
}

/** Network and mount namespaces are the sandbox's; of all others the runtime takes care. */
function ofSandbox({ type, path }: OciNamespace): boolean {
  return type === 'network' && path === undefined;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Starts containers with another OCI runtime than our own: its `run` is the child of a cell, which stays its monitor. */
export class ForeignStarter {
  readonly #options: ForeignStarterOptions;

  constructor(options: ForeignStarterOptions) {
    this.#options = options;
  }

  /** Throws COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, START_FAILED, NOT_SUPPORTED; then nothing is left. */
  async start(start: ForeignStart): Promise<ContainerProcess> {
    if (start.record.hostConfig.Init) {
      throw fail('NOT_SUPPORTED', `--init is not offered with the runtime ${start.runtime.name}`);
    }
    const { sandboxes } = this.#options;
    const own = start.namespaces.filter(ofSandbox);
    const around = [{ type: 'mount' as const }, ...own];
    const wish = { namespaces: around, network: start.network, outside: true, ...placeOf(start.record) };
    const held = await sandboxes.take(wish);
    let container: ForeignContainer | undefined;
    try {
      start.hooks.onSandbox(held.id);
      const { directory } = held.sandbox.plan;
      const path = ForeignContainer.networkFile(directory);
      const namespaces = start.namespaces.map((one) => (ofSandbox(one) ? { ...one, path } : one));
      const config = start.configure(held, namespaces);
      container = ForeignContainer.create(directory, {
        id: start.record.id,
        runtime: start.runtime,
        search: this.#options.config.search,
        config: bundleConfig(config, { seccomp: start.seccomp(config), isDirectory }),
      });
      return await this.#run(start, held, config, container);
    } catch (error) {
      await this.#clear(held, container);
      throw error;
    }
  }

  async #run(start: ForeignStart, held: Held, config: OciConfig, container: ForeignContainer) {
    const { cell, plan } = held.sandbox;
    const { OpenStdin: input = false, StdinOnce: stdinOnce = false } = start.record.config;
    const program = planForeign({
      rootfs: start.rootfs,
      staging: this.#options.sandboxes.staging,
      features: this.#options.features,
      streams: { process: config.process, output: true, input },
      stdinOnce,
      log: start.log,
      command: container.runCommand,
      hidden: this.#options.cgroups.beside,
      network: start.namespaces.some(ofSandbox)
        ? { file: ForeignContainer.networkFile(plan.directory), host: `/proc/${pid}/ns/net` }
        : undefined,
    });
    await start.hooks.connect(plan.directory);
    // What the runtime says of a failure would be taken for the container's output.
    const hold = await OutputHold.start(plan.directory);
    try {
      await cell.perform(program).catch((cause: unknown) => {
        throw foreignError('start', `fork/exec ${start.runtime.path}: ${messageOf(cause)}`);
      });
      const process = ContainerProcess.adopt(cell, plan.directory);
      const first = await awaitStart('start', process, {
        pidFile: container.pidFile,
        logFile: container.logFile,
        patience: this.#options.config.runtimePatience,
        name: start.runtime.name,
      });
      return behindRuntime(process, container, first ?? process.pid);
    } catch (error) {
      endRuntime(cell); // before anything that it said is let through
      throw error;
    } finally {
      hold.release();
    }
  }

  /** The runtime with all that it started, its state, the sandbox. */
  async #clear(held: Held, container: ForeignContainer | undefined): Promise<void> {
    const { cgroups, sandboxes } = this.#options;
    endRuntime(held.sandbox.cell);
    await cgroups.kill(held.id);
    await container?.forget();
    await cgroups.kill(held.id);
    await sandboxes.discard(held);
  }
}
