import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeFileAtomic } from '@wharf/kit';
import { onHost, type Program } from '@wharf/linux';
import { heldSteps, type IdMaps, lowerConfig, performWithHooks, planSandbox } from '@wharf/runtime';
import type { OciIdMapping } from '@wharf/spec';
import { type Bundle, readBundle } from '../config/read-config.ts';
import { fail } from '../errors.ts';
import { withAppArmor } from './apparmor.ts';
import type { ContainerState } from './container-store.ts';
import { HeldProcess } from './held-process.ts';
import type { Host } from './host.ts';
import { ContainerCgroup, compileFilter, kernelFeatures } from './machine.ts';
import { startOf } from './process-identity.ts';
import { stateDocument } from './status.ts';

/** What `create` and `run` are told beside the bundle. */
export interface CreateOptions {
  readonly id: string;
  readonly bundle: string;
  readonly consoleSocket: string | undefined;
  readonly pidFile: string | undefined;
  readonly noNewKeyring: boolean;
  /** The cell stays as the monitor, for a caller that waits for the container's end. */
  readonly monitor: boolean;
}

const O_WRONLY = 1;

/** The child's first steps: before it becomes anybody else. */
function afterClone(program: Program, steps: Program): Program {
  const at = program.findIndex(({ op }) => op.op === 'CLONE') + 1;
  return [...program.slice(0, at), ...steps, ...program.slice(at)];
}

/** Who the container's root is on the host. Throws OCI_CONFIG. */
function rootOf({ uid, gid }: IdMaps) {
  const hostOf = (maps: readonly OciIdMapping[]) => {
    const map = maps.find(({ containerID }) => containerID === 0);
    if (map === undefined) throw fail('OCI_CONFIG', 'the mappings of the user namespace have no root');
    return map.hostID;
  };
  return { rootUid: hostOf(uid), rootGid: hostOf(gid), joined: false };
}

/** Makes one container, step by step; whatever fails takes all of it away again. */
class Creation {
  readonly #host: Host;
  readonly #options: CreateOptions;
  readonly #bundle: Bundle;
  readonly #cgroup: ContainerCgroup;
  #held: HeldProcess | undefined;
  #state: ContainerState;

  constructor(host: Host, options: CreateOptions) {
    this.#host = host;
    this.#options = options;
    this.#bundle = readBundle(options.bundle, options.id);
    const { config, seccomp, hooks, apparmor, ociVersion } = this.#bundle;
    checkTerminal(config.process.terminal, options);
    this.#cgroup = new ContainerCgroup(config.linux.cgroupsPath);
    const { id, bundle } = options;
    this.#state = {
      id,
      ociVersion,
      bundle,
      created: host.now().toISOString(),
      pid: 0,
      start: '',
      config,
      seccomp,
      hooks,
      apparmor,
    };
  }

  get #maps(): IdMaps | undefined {
    const { uidMappings: uid = [], gidMappings: gid = [] } = this.#bundle.config.linux;
    return uid.length > 0 ? { uid, gid } : undefined;
  }

  async make(): Promise<{ readonly state: ContainerState; readonly held: HeldProcess }> {
    const { states } = this.#host;
    const { id, monitor, consoleSocket, pidFile } = this.#options;
    const others = this.#cgroup.processes().length;
    if (others > 0) throw fail('OCI_START', `container's cgroup is not empty: ${others} process(es) found`);
    states.claim(id);
    try {
      // So that what is left if this process is killed can be found, and deleted by force.
      states.save(this.#state);
      const held = await HeldProcess.prepare(this.#host, states.directory(id), 'gate', {
        monitor,
        ...(consoleSocket === undefined ? {} : { console: consoleSocket }),
      });
      this.#held = held;
      await this.#makeSandbox(held);
      await this.#finish(held);
      await held.settle();
      states.save(this.#state);
      if (pidFile !== undefined) writeFileAtomic(pidFile, String(held.pid), 0o644);
      return { state: this.#state, held };
    } catch (error) {
      await this.#undo();
      throw error;
    }
  }

  async #makeSandbox(held: HeldProcess): Promise<void> {
    const { config } = this.#bundle;
    const plan = this.#cgroup.plan(config.linux.resources);
    const program = planSandbox({
      directory: this.#host.states.directory(this.#options.id),
      namespaces: config.linux.namespaces,
      cgroup: { ...this.#cgroup.entrance(plan), directories: plan.directories, early: plan.early },
      network: [],
      ...(this.#maps ? { user: { idMaps: this.#maps, staging: this.#host.states.staging } } : {}),
    });
    await held.perform(afterClone(program, heldSteps(held.held)));
    const writes = plan.writes.map(({ path, data, optional }) => {
      const step = { op: 'WRITE_FILE', path, flags: O_WRONLY, mode: 0, data: Buffer.from(data) } as const;
      return onHost(step, { optional: optional ?? false });
    });
    const devices =
      plan.deviceProgram && plan.v2Directory
        ? [onHost({ op: 'CGROUP_DEVICE', path: plan.v2Directory, program: plan.deviceProgram })]
        : [];
    await held.perform([...writes, ...devices]);
    this.#state = { ...this.#state, pid: held.pid, start: startOf(held.pid) };
    this.#host.states.save(this.#state);
  }

  async #finish(held: HeldProcess): Promise<void> {
    const { config, seccomp } = this.#bundle;
    const lowered = lowerConfig(config, {
      rootfs: { kind: 'directory', path: config.root.path },
      staging: this.#host.states.staging,
      features: kernelFeatures(),
      cgroup: this.#cgroup.view(),
      filter: compileFilter(seccomp),
      openStdin: true,
      stdinOnce: false,
      log: undefined,
      oom: undefined,
      init: false,
      ...(this.#maps ? { user: rootOf(this.#maps) } : {}),
      held: held.held,
    }).filter(({ op }) => op.op !== 'KEYRING' || !this.#options.noNewKeyring);
    const program = withAppArmor(lowered, this.#bundle.apparmor);
    const start = {
      hooks: this.#bundle.hooks,
      state: JSON.stringify(stateDocument(this.#state, 'creating')),
      bundle: this.#options.bundle,
      pid: held.pid,
      user: this.#maps !== undefined,
    };
    await performWithHooks(program, start, (part) => held.perform(part));
  }

  async #undo(): Promise<void> {
    await this.#held?.discard();
    await this.#cgroup.kill();
    await this.#cgroup.remove();
    this.#host.states.forget(this.#options.id);
    if (this.#options.pidFile !== undefined) rmSync(this.#options.pidFile, { force: true });
  }
}

function checkTerminal(terminal: boolean, { consoleSocket, monitor }: CreateOptions): void {
  if (terminal && consoleSocket === undefined && !monitor) {
    throw fail('OCI_USAGE', 'cannot allocate tty if the runtime will detach without setting console socket');
  }
  if (!terminal && consoleSocket !== undefined) {
    throw fail('OCI_USAGE', 'cannot use console socket if the runtime will not detach or allocate tty');
  }
}

/** Makes a container whose process waits. Throws OCI_CONFIG, OCI_CONTAINER_EXISTS, OCI_START, HOOK_FAILED; then nothing is left. */
export function createContainer(
  host: Host,
  options: CreateOptions,
): Promise<{ readonly state: ContainerState; readonly held: HeldProcess }> {
  return new Creation(host, { ...options, bundle: resolve(host.cwd, options.bundle) }).make();
}
