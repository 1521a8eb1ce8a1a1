import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onHost, type Program } from '@wharf/linux';
import {
  ContainerProcess,
  HOOK_KINDS,
  type KernelFeatures,
  lowerConfig,
  type Rootfs,
  startError,
} from '@wharf/runtime';
import type { OciConfig, OciMount, OciNamespace } from '@wharf/spec';
import type { CdiDevices } from '../cdi/cdi-devices.ts';
import type { CdiEdits } from '../cdi/spec-file.ts';
import type { EngineConfig } from '../config.ts';
import type { Narrator } from '../explain/narrator.ts';
import { performTold } from '../explain/perform.ts';
import { tellSandbox } from '../explain/tell-sandbox.ts';
import type { LogKeeper } from '../logs/log-keeper.ts';
import type { ContainerMounts } from '../mounts/container-mounts.ts';
import { buildConfig } from '../oci/config.ts';
import { type ContainerHooks, OWN_HOOKS } from '../oci/container-hooks.ts';
import { withOwnShm } from '../oci/mounts.ts';
import { buildNamespaces, type PidOf } from '../oci/namespaces.ts';
import { buildSecurity, type SecurityChoice } from '../oci/security.ts';
import { resolveUser } from '../oci/user.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { Held, NetworkKind, SandboxService } from '../sandboxes/sandbox-service.ts';
import { noUserns, rootOf, type UsernsService } from '../userns/userns-service.ts';
import { placeOf } from './cgroup-place.ts';
import { type ForeignStart, ForeignStarter } from './foreign-starter.ts';
import type { ImagePort, Layers, NetworkPort } from './ports.ts';
import type { ContainerRecord } from './record.ts';
import { RootfsView } from './rootfs-view.ts';
import type { SeccompFilters } from './seccomp.ts';

export interface StarterOptions {
  readonly config: EngineConfig;
  readonly images: ImagePort;
  readonly network: NetworkPort;
  readonly sandboxes: SandboxService;
  readonly cgroups: MachineCgroups;
  readonly seccomp: SeccompFilters;
  readonly logs: Pick<LogKeeper, 'plan' | 'check' | 'beforeRemoval' | 'adopt'>;
  readonly features: KernelFeatures;
  readonly userns: UsernsService;
  readonly mounts: ContainerMounts;
  readonly cdi: CdiDevices;
  readonly hooks: ContainerHooks;
  /** Mask of the capabilities that the engine itself may hand on. */
  readonly available: bigint;
}

/** What a start gives to whoever asked: the sandbox is recorded and the attached are connected before the first byte. */
export interface StartHooks {
  readonly pidOf: PidOf;
  /** The container that has the network: the container itself, or the one that it joins. */
  readonly networkOwner: ContainerRecord;
  /** Called when it is decided which sandbox the container runs in, before anything of it runs. */
  onSandbox(sandbox: string): void;
  /** Called when the sandbox takes connections; the program starts when it resolves. */
  connect(directory: string): Promise<void>;
  /** Takes down what is done, when somebody wants to know. */
  readonly explain?: Narrator | undefined;
}

/** What is decided of a start before there is a sandbox. */
interface Arranged {
  readonly security: SecurityChoice;
  readonly namespaces: readonly OciNamespace[];
  readonly mounts: readonly OciMount[];
  readonly cdi: readonly CdiEdits[];
  readonly networkOwner: ContainerRecord;
}

/** What a sandbox performs, and what it came from. */
interface Plan {
  readonly config: OciConfig;
  readonly filter: Uint8Array | undefined;
  readonly program: Program;
}

const O_WRONLY = 1;
/** Files below /etc that are the engine's. */
const ENGINE_FILES = ['hosts', 'hostname', 'resolv.conf'] as const;

/** Which kind of network end a container wants. */
export function networkKind(mode: string | undefined): 'bridge' | 'none' | 'host' | 'container' {
  if (mode === 'none' || mode === 'host') return mode;
  return mode?.startsWith('container:') ? 'container' : 'bridge';
}

/** What the program has to know of the user namespace. */
function userView({ idMaps }: ContainerRecord, namespaces: readonly OciNamespace[]) {
  const user = namespaces.find(({ type }) => type === 'user');
  if (!user || !idMaps) return {};
  return { user: { ...rootOf(idMaps), joined: user.path !== undefined } };
}

/** Turns a container's record into a running process: plans, then one program to a sandbox. */
export class ContainerStarter {
  readonly #options: StarterOptions;
  readonly #foreign: ForeignStarter;

  constructor(options: StarterOptions) {
    this.#options = options;
    this.#foreign = new ForeignStarter(options);
  }

  /** Directory of a container's own files: log, hosts, hostname, resolv.conf, config.json. */
  directory(id: string): string {
    return join(this.#options.config.dataRoot, 'containers', id);
  }

  /** Removes a container's own files, without making anybody wait; what a crash leaves goes with the next start. */
  removeFiles(id: string): void {
    const remove = () => rm(this.directory(id), { recursive: true, force: true });
    void this.#options.logs
      .beforeRemoval(id)
      .then((mayGo) => (mayGo ? remove() : undefined), remove)
      .catch(() => {});
  }

  /** Removes the files of containers that are not in `known`. */
  async removeStrangers(known: ReadonlySet<string>): Promise<void> {
    const parent = join(this.#options.config.dataRoot, 'containers');
    mkdirSync(parent, { recursive: true, mode: 0o710 });
    const strangers = (await readdir(parent)).filter((id) => !known.has(id));
    const [sending, rest] = [strangers.filter((id) => this.#options.logs.adopt(id)), new Set(strangers)];
    for (const id of sending) {
      rest.delete(id);
      this.removeFiles(id);
    }
    await Promise.all([...rest].map((id) => rm(join(parent, id), { recursive: true, force: true })));
  }

  /** Starts the container. Throws COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, START_FAILED, NO_SUCH_USER, …; then nothing is left. */
  async start(record: ContainerRecord, hooks: StartHooks): Promise<ContainerProcess> {
    const { sandboxes } = this.#options;
    await this.#options.logs.check(record);
    const security = buildSecurity(record.hostConfig);
    const userns = this.#options.userns.forStart(record);
    const runtime = this.#options.config.runtimes.foreign(record.hostConfig.Runtime);
    if (runtime && userns) throw noUserns(runtime.name);
    const namespaces = buildNamespaces(record.hostConfig, hooks.pidOf, userns);
    const kind = networkKind(record.hostConfig.NetworkMode);
    const network: NetworkKind = kind === 'bridge' || kind === 'none' ? kind : 'joined';
    const mounts = await this.#options.mounts.open(record);
    const cdi = this.#options.cdi.resolve(record.hostConfig.DeviceRequests);
    const arranged = { security, namespaces, mounts, cdi, networkOwner: hooks.networkOwner };
    if (runtime) return await this.#startForeign(record, hooks, arranged, { runtime, network });
    const idMaps = userns && !userns.of ? { idMaps: userns.idMaps } : {};
    const held = await sandboxes.take({ namespaces, network, ...placeOf(record), ...idMaps });
    try {
      const { explain } = hooks;
      if (explain) tellSandbox(held, this.#options.network.endpoint(held.id), explain);
      hooks.onSandbox(held.id);
      const { config, filter, program } = this.#plan(record, held, arranged);
      explain?.lap(
        'plan',
        `The engine worked out an OCI configuration from the record and turned it into ${program.length} small steps.`,
      );
      await hooks.connect(held.sandbox.plan.directory);
      explain?.lap('attach', 'Whoever waited to be attached was connected, before the first byte can come.');
      const { cell, childPid: pid } = held.sandbox;
      const cgroup = () => this.#options.cgroups.plan(held.id);
      const container = { id: record.id, config, filter, cgroup, pid, ...userView(record, namespaces) };
      const told = (part: Program) => performTold(cell, part, hooks.explain);
      await this.#options.hooks.perform(container, program, told).catch((error: unknown) => {
        throw startError(error);
      });
      return ContainerProcess.adopt(held.sandbox.cell, held.sandbox.plan.directory);
    } catch (error) {
      await sandboxes.discard(held);
      throw error;
    }
  }

  #startForeign(
    record: ContainerRecord,
    hooks: StartHooks,
    arranged: Arranged,
    choice: Pick<ForeignStart, 'runtime' | 'network'>,
  ): Promise<ContainerProcess> {
    const layers = this.#options.images.layers(record.id);
    const { security } = arranged;
    return this.#foreign.start({
      ...choice,
      namespaces: arranged.namespaces,
      record,
      hooks,
      rootfs: { kind: 'overlay', ...layers },
      log: this.#options.logs.plan(record),
      configure: (held, namespaces) => {
        const config = this.#configure(record, held, layers, { ...arranged, namespaces });
        return { ...config, mounts: withOwnShm(config.mounts, record.hostConfig) };
      },
      seccomp: ({ process }) => this.#options.seccomp.rules(security.seccomp, process.capabilities.bounding),
    });
  }

  #plan(record: ContainerRecord, held: Held, arranged: Arranged): Plan {
    const { security, namespaces } = arranged;
    const { cgroups, sandboxes, features } = this.#options;
    const layers = this.#options.images.layers(record.id);
    const config = this.#configure(record, held, layers, arranged);
    const limits = cgroups.limits(held.id, config.linux.resources);
    const rootfs: Rootfs = { kind: 'overlay', ...layers };
    const { config: settings, hostConfig } = record;
    const filter = this.#options.seccomp.filter(security.seccomp, config.process.capabilities.bounding);
    const lowered = lowerConfig(config, {
      rootfs,
      staging: sandboxes.staging,
      features,
      cgroup: cgroups.view(held.id),
      filter,
      openStdin: settings.OpenStdin ?? false,
      stdinOnce: settings.StdinOnce ?? false,
      log: this.#options.logs.plan(record),
      oom: limits.oom,
      ...userView(record, namespaces),
      init: hostConfig.Init ?? false,
    });
    const writes = limits.writes.map(({ path, data, optional }) =>
      onHost(
        { op: 'WRITE_FILE', path, flags: O_WRONLY, mode: 0, data: Buffer.from(data) },
        { optional: optional ?? false },
      ),
    );
    const device =
      limits.deviceProgram && limits.v2Directory
        ? [onHost({ op: 'CGROUP_DEVICE', path: limits.v2Directory, program: limits.deviceProgram })]
        : [];
    return { config, filter, program: [...writes, ...device, ...lowered] };
  }

  #configure(record: ContainerRecord, held: Held, layers: Layers, arranged: Arranged): OciConfig {
    const { security, namespaces, mounts, networkOwner } = arranged;
    const { cgroups, sandboxes } = this.#options;
    const view = new RootfsView([layers.upper, ...layers.lower]);
    const text = (path: string) => view.readFile(path)?.toString('utf8') ?? '';
    const { config, hostConfig } = record;
    const user = resolveUser(config.User ?? '', hostConfig.GroupAdd ?? [], {
      passwd: text('/etc/passwd'),
      group: text('/etc/group'),
    });
    const hostname = config.Hostname || record.id.slice(0, 12);
    const built = buildConfig(record, {
      user,
      security,
      hostname,
      cgroupsPath: cgroups.path(held.id),
      rootPath: sandboxes.staging,
      ...(record.idMaps && namespaces.some(({ type }) => type === 'user') ? { idMaps: record.idMaps } : {}),
      engineFiles: this.#engineFiles(record, held, hostname, networkOwner),
      mounts,
      namespaces,
      available: this.#options.available,
    });
    const foreign = this.#options.config.runtimes.foreign(hostConfig.Runtime) !== undefined;
    return this.#options.cdi.apply(built, arranged.cdi, foreign ? HOOK_KINDS : OWN_HOOKS);
  }

  /** hosts, hostname and resolv.conf, bound into the container: written anew for every start by whose network it is. */
  #engineFiles(record: ContainerRecord, held: Held, hostname: string, owner: ContainerRecord) {
    // Its log is there, whoever has the network.
    mkdirSync(this.directory(record.id), { recursive: true, mode: 0o710 });
    if (owner.id === record.id) this.#writeEngineFiles(record, held, hostname);
    return ENGINE_FILES.map((name) => ({
      source: join(this.directory(owner.id), name),
      destination: `/etc/${name}`,
      options: [...(record.idMaps ? ['idmap'] : []), ...(record.hostConfig.ReadonlyRootfs ? ['ro'] : [])],
    }));
  }

  #writeEngineFiles(record: ContainerRecord, held: Held, hostname: string): void {
    const kind = networkKind(record.hostConfig.NetworkMode);
    const directory = this.directory(record.id);
    const { hostConfig, config } = record;
    const { hosts, resolvConf } = this.#options.network.files({
      hostname,
      domainname: config.Domainname ?? '',
      ip: this.#options.network.endpoint(held.id)?.ip,
      mode: kind === 'container' ? 'none' : kind,
      dns: hostConfig.Dns ?? [],
      dnsSearch: hostConfig.DnsSearch ?? [],
      dnsOptions: hostConfig.DnsOptions ?? [],
      extraHosts: hostConfig.ExtraHosts ?? [],
    });
    const contents = { hosts, hostname: `${hostname}\n`, 'resolv.conf': resolvConf };
    for (const name of ENGINE_FILES) writeFileSync(join(directory, name), contents[name], { mode: 0o644 });
  }
}
