import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { ImageService, Snapshots } from '@wharf/images';
import { type Clock, type Database, type Logger, messageOf } from '@wharf/kit';
import type { CellRunner } from '@wharf/linux';
import { ContainerProcess } from '@wharf/runtime';
import type { EngineConfig } from './config.ts';
import { Attacher } from './containers/attach.ts';
import { ContainerService } from './containers/container-service.ts';
import { ContainerCreator } from './containers/create.ts';
import { ContainerLifecycle } from './containers/lifecycle.ts';
import type { NetworkPort } from './containers/ports.ts';
import { ContainerRemover } from './containers/remove.ts';
import { RuntimeTable } from './containers/runtime-table.ts';
import { SeccompFilters } from './containers/seccomp.ts';
import { ContainerStarter } from './containers/starter.ts';
import { ContainerStore } from './containers/store.ts';
import { ContainerViews } from './containers/views.ts';
import { Waits } from './containers/waits.ts';
import type { EventService } from './events/event-service.ts';
import { ImageBackendService } from './images/image-backend.ts';
import { ImagePortService } from './images/image-port.ts';
import { MachineCgroups } from './sandboxes/machine-cgroups.ts';
import { type SandboxNetwork, SandboxService, STANDARD_NAMESPACES } from './sandboxes/sandbox-service.ts';
import { SystemService } from './system/system-service.ts';

export interface EngineOptions {
  readonly config: EngineConfig;
  readonly database: Database;
  readonly images: ImageService;
  readonly snapshots: Snapshots;
  readonly runner: CellRunner;
  readonly network: NetworkPort & SandboxNetwork;
  readonly events: EventService;
  readonly store: ContainerStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly api: { readonly min: string; readonly max: string };
}

/** The engine: its nouns as the API needs them, its start-up reconciliation, its end. */
export class Engine {
  readonly containers: ContainerService;
  readonly images: ImageBackendService;
  readonly system: SystemService;
  readonly cgroups: MachineCgroups;
  readonly #options: EngineOptions;
  readonly #sandboxes: SandboxService;
  readonly #lifecycle: ContainerLifecycle;

  constructor(options: EngineOptions) {
    const { config, store, events, clock, logger, network, runner } = options;
    this.#options = options;
    this.cgroups = new MachineCgroups(config.cgroupParent, logger);
    const { cgroups } = this;
    this.#sandboxes = new SandboxService({
      execRoot: config.execRoot,
      runner,
      network,
      cgroups,
      logger,
      poolSize: config.poolSize,
    });
    const sandboxes = this.#sandboxes;
    const imageOf = (container: string) => store.all().find(({ id }) => id === container)?.imageId;
    const images = new ImagePortService(options.images, options.snapshots, imageOf);
    const table = new RuntimeTable();
    const waits = new Waits();
    const seccomp = new SeccompFilters();
    const features = { lowerdirPlus: kernelAtLeast(6, 7) };
    const starter = new ContainerStarter({
      config,
      images,
      network,
      sandboxes,
      cgroups,
      seccomp,
      features,
      available: boundingSet(),
    });
    const remover = new ContainerRemover({ store, table, images, starter, events, waits });
    const autoRemove = (record: Parameters<typeof remover.removeEnded>[0]) => remover.removeEnded(record);
    this.#lifecycle = new ContainerLifecycle({
      store,
      table,
      starter,
      sandboxes,
      cgroups,
      events,
      waits,
      clock,
      logger,
      autoRemove,
    });
    const directory = (id: string) => starter.directory(id);
    const logPath = (id: string) => starter.logPath(id);
    const views = new ContainerViews({ network, images, directory, logPath });
    const attacher = new Attacher({ table, events, logPath });
    const creator = new ContainerCreator({ store, images, starter, cgroups, seccomp, events, clock });
    const lifecycle = this.#lifecycle;
    this.containers = new ContainerService({
      store,
      table,
      creator,
      lifecycle,
      remover,
      starter,
      views,
      attacher,
      images,
      waits,
      events,
      clock,
    });
    const containersOf = (imageId: string) => store.all().filter((record) => record.imageId === imageId).length;
    this.images = new ImageBackendService({ images: options.images, clock, containersOf });
    this.system = new SystemService({ config, store, images: this.images, events, cgroups, clock, api: options.api });
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
        const found = await ContainerProcess.reconnect(this.#sandboxes.directory(record.sandbox));
        await this.#lifecycle.resume(record, found);
      }),
    );
    for (const id of readdirSync(join(config.execRoot, 's'))) {
      if (!claimed.has(id)) await this.#removeOrphan(id);
    }
    await this.#options.network.reconcile(new Set(store.all().map(({ sandbox }) => sandbox)));
    for (const record of store.all()) this.#lifecycle.resumePolicy(record);
    const namespaces = STANDARD_NAMESPACES;
    this.#sandboxes.keepParked({ namespaces, network: 'bridge' });
    this.#sandboxes.keepParked({ namespaces, network: 'none' });
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
    await this.#sandboxes.stop();
    await this.cgroups.removeParent();
  }
}

/** The capabilities that this process may hand on (CapBnd of proc(5)): a machine may lack some. */
function boundingSet(): bigint {
  const text = readFileSync('/proc/self/status', 'utf8');
  return BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(text)?.[1] ?? '0'}`);
}

/** Whether the running kernel is that version or newer. */
function kernelAtLeast(major: number, minor: number): boolean {
  const [have = 0, sub = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return have > major || (have === major && sub >= minor);
}
