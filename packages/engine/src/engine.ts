import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageService, Snapshots } from '@wharf/images';
import { type Clock, type Logger, messageOf } from '@wharf/kit';
import type { CellRunner } from '@wharf/linux';
import { findAgain } from '@wharf/runtime';
import type { Copies } from './archive/copies.ts';
import type { CopyService } from './archive/copy-service.ts';
import { CdiRegistry } from './cdi/registry.ts';
import type { CommitService } from './commits/commit-service.ts';
import type { EngineConfig } from './config.ts';
import { assembleContainers } from './containers/assemble.ts';
import type { ContainerService } from './containers/container-service.ts';
import type { ContainerLifecycle } from './containers/lifecycle.ts';
import type { NetworkPort } from './containers/ports.ts';
import type { RuntimeTable } from './containers/runtime-table.ts';
import type { ContainerStarter } from './containers/starter.ts';
import type { ContainerStore } from './containers/store.ts';
import type { EventService } from './events/event-service.ts';
import type { ExecService } from './execs/exec-service.ts';
import type { HealthMonitor } from './health/health-monitor.ts';
import type { Lifetimes } from './health/lifetimes.ts';
import { ImageBackendService, type ListTags } from './images/image-backend.ts';
import { ImagePruner } from './images/prune-images.ts';
import type { LogKeeper } from './logs/log-keeper.ts';
import { checkLogConfig } from './logs/log-options.ts';
import type { SenderProcess } from './logs/sender/sender-client.ts';
import type { ContainerMounts } from './mounts/container-mounts.ts';
import { NetworkReader, type NetworkSource } from './networks/network-reader.ts';
import { CgroupPlaces } from './sandboxes/cgroup-places.ts';
import { MachineCgroups } from './sandboxes/machine-cgroups.ts';
import { type SandboxNetwork, SandboxService, STANDARD_NAMESPACES } from './sandboxes/sandbox-service.ts';
import type { ProveLogin } from './system/registry-login.ts';
import { SystemService } from './system/system-service.ts';
import type { VolumeStore } from './volumes/store.ts';
import type { VolumeService } from './volumes/volume-service.ts';
import type { WhyService } from './why/why-service.ts';

export interface EngineOptions {
  readonly config: EngineConfig;
  readonly images: ImageService;
  readonly snapshots: Snapshots;
  readonly runner: CellRunner;
  readonly network: NetworkPort & SandboxNetwork & NetworkSource;
  readonly events: EventService;
  readonly store: ContainerStore;
  readonly volumeStore: VolumeStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The program of the threads that copy files. */
  readonly archiveWorkerUrl: URL;
  /** Starts the process that sends logs to receivers. */
  readonly spawnSender: () => SenderProcess;
  readonly api: { readonly min: string; readonly max: string };
  /** Asks a registry for the tags of a repository. */
  readonly tags: ListTags;
  /** Asks a registry whether it knows a user. */
  readonly login: ProveLogin;
}

/** The engine: its nouns as the API needs them, its start-up reconciliation, its end. */
export class Engine {
  readonly containers: ContainerService;
  readonly execs: ExecService;
  readonly why: WhyService;
  readonly archives: CopyService;
  readonly commits: CommitService;
  readonly images: ImageBackendService;
  readonly volumes: VolumeService;
  readonly networks: NetworkReader;
  readonly system: SystemService;
  readonly cgroups: MachineCgroups;
  readonly #options: EngineOptions;
  readonly #sandboxes: SandboxService;
  readonly #lifecycle: ContainerLifecycle;
  readonly #starter: ContainerStarter;
  readonly #table: RuntimeTable;
  readonly #mounts: ContainerMounts;
  readonly #copies: Copies;
  readonly #health: HealthMonitor;
  readonly #lifetimes: Lifetimes;
  readonly #logs: LogKeeper;

  constructor(options: EngineOptions) {
    const { config, store, events, clock, logger, network, runner } = options;
    this.#options = options;
    checkLogConfig(config.logDriver, config.logOptions);
    this.cgroups = new MachineCgroups(
      config.cgroupParent,
      new CgroupPlaces(join(config.execRoot, 'cgroup-parents')),
      logger,
    );
    const { cgroups } = this;
    const { execRoot, poolSize } = config;
    this.#sandboxes = new SandboxService({ execRoot, runner, network, cgroups, logger, poolSize });
    const assembly = assembleContainers({ ...options, cgroups, sandboxes: this.#sandboxes });
    this.containers = assembly.service;
    this.execs = assembly.execs;
    this.why = assembly.why;
    this.archives = assembly.archives;
    this.commits = assembly.commits;
    this.volumes = assembly.volumes;
    this.#mounts = assembly.mounts;
    this.#copies = assembly.copies;
    this.#lifecycle = assembly.lifecycle;
    this.#starter = assembly.starter;
    this.#table = assembly.table;
    this.#health = assembly.health;
    this.#lifetimes = assembly.lifetimes;
    this.#logs = assembly.keeper;
    const containersOf = (imageId: string) =>
      store.all().flatMap((record) => (record.imageId === imageId ? [record.id] : []));
    const pruner = new ImagePruner({ images: options.images, events, containersOf });
    this.images = new ImageBackendService({
      images: options.images,
      clock,
      containersOf: (imageId) => containersOf(imageId).length,
      pruner,
      idle: (filters, now) => assembly.service.idle(filters, now),
      tags: options.tags,
    });
    this.networks = new NetworkReader({ source: network, store, events, now: () => clock.now() });
    const { images, volumes } = this;
    const disk = { containers: this.containers, images, volumes };
    const cdi = new CdiRegistry(config.cdiSpecDirs, logger);
    const { login } = options;
    this.system = new SystemService({
      login,
      cdi,
      config,
      store,
      images,
      disk,
      events,
      cgroups,
      logs: assembly.keeper,
      clock,
      api: options.api,
    });
  }

  /**
   * Brings database, files and live cells together: containers that still run are taken over again, ends that happened
   * meanwhile are written down, what belongs to nobody is removed. Then parks sandboxes.
   */
  async start(): Promise<void> {
    const { store, config, logger } = this.#options;
    const claimed = new Set<string>();
    const inSandbox = store.all().filter(({ sandbox }) => sandbox !== '');
    for (const { sandbox } of inSandbox) claimed.add(sandbox);
    await Promise.all(
      inSandbox.map(async (record) => {
        const found = await findAgain(this.#sandboxes.directory(record.sandbox));
        await this.#lifecycle.resume(record, found);
      }),
    );
    await this.execs.resume();
    this.#logs.resume();
    for (const id of readdirSync(join(config.execRoot, 's'))) {
      if (!claimed.has(id)) await this.#removeOrphan(id);
    }
    await this.#options.network.reconcile(new Set(store.all().map(({ sandbox }) => sandbox)));
    await this.#mounts.reconcile();
    await this.#starter.removeStrangers(new Set(store.all().map(({ id }) => id)));
    // From here on containers may be started again: nothing that has just been made can be taken for a leftover.
    this.#lifecycle.beginPolicies();
    for (const record of store.all()) await this.#lifecycle.resumePolicy(record);
    await this.#health.resume();
    this.#lifetimes.resume();
    const { usernsRemap: idMaps } = config;
    const namespaces = [...STANDARD_NAMESPACES, ...(idMaps ? [{ type: 'user' as const }] : [])];
    for (const network of ['bridge', 'none'] as const) {
      this.#sandboxes.keepParked({ namespaces, network, ...(idMaps ? { idMaps } : {}) });
    }
    logger.info('engine ready', { containers: store.size, running: inSandbox.length });
  }

  /** A sandbox without a container: parked when the engine was killed, or a start that was cut short. */
  async #removeOrphan(id: string): Promise<void> {
    try {
      await this.cgroups.kill(id);
      await this.#sandboxes.cleanUp(id);
    } catch (error) {
      this.#options.logger.warn('orphan', { sandbox: id, error: messageOf(error) });
    }
  }

  /** Ends everything of the engine but the containers: those run on. */
  async stop(): Promise<void> {
    this.#lifecycle.stopPolicies();
    this.#health.stop();
    this.#lifetimes.stop();
    await this.#logs.stop();
    this.#table.releaseAll();
    this.execs.release();
    await this.#copies.stop();
    await this.#sandboxes.stop();
    await this.cgroups.removeParent();
  }
}
