import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { ImageService, Snapshots } from '@wharf/images';
import type { Clock, Logger } from '@wharf/kit';
import type { CellRunner } from '@wharf/linux';
import type { Filters } from '@wharf/spec';
import { assembleCopies } from '../archive/assemble-copies.ts';
import type { Copies } from '../archive/copies.ts';
import type { CopyService } from '../archive/copy-service.ts';
import { CdiDevices } from '../cdi/cdi-devices.ts';
import { CdiRegistry } from '../cdi/registry.ts';
import { CommitService } from '../commits/commit-service.ts';
import type { EngineConfig } from '../config.ts';
import type { EventService } from '../events/event-service.ts';
import { ExecKiller } from '../execs/exec-killer.ts';
import { ExecService } from '../execs/exec-service.ts';
import { ExecStarter } from '../execs/exec-starter.ts';
import { ImagePortService } from '../images/image-port.ts';
import type { LogKeeper } from '../logs/log-keeper.ts';
import type { SenderProcess } from '../logs/sender/sender-client.ts';
import { assembleMounts } from '../mounts/assemble-mounts.ts';
import type { ContainerMounts } from '../mounts/container-mounts.ts';
import { ContainerHooks } from '../oci/container-hooks.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { SandboxService } from '../sandboxes/sandbox-service.ts';
import { ContainerSizes } from '../system/container-sizes.ts';
import { UsernsService } from '../userns/userns-service.ts';
import type { VolumeStore } from '../volumes/store.ts';
import type { VolumeService } from '../volumes/volume-service.ts';
import { EndJournal } from '../why/end-journal.ts';
import { assembleLogs } from './assemble-logs.ts';
import { assembleUpkeep, type Upkeep } from './assemble-upkeep.ts';
import { Attacher } from './attach.ts';
import { ContainerService } from './container-service.ts';
import { ContainerCreator } from './create.ts';
import { ContainerLifecycle } from './lifecycle.ts';
import { NetworkEvents } from './network-events.ts';
import { ContainerPauser } from './pause.ts';
import type { NetworkPort } from './ports.ts';
import { ContainerPruner } from './prune.ts';
import type { ContainerRecord } from './record.ts';
import { ContainerRemover } from './remove.ts';
import { RuntimeTable } from './runtime-table.ts';
import { SeccompFilters } from './seccomp.ts';
import { ContainerStarter } from './starter.ts';
import { ContainerMeter } from './stats.ts';
import type { ContainerStore } from './store.ts';
import { ProcessLister } from './top.ts';
import { ContainerUpdater } from './update.ts';
import { ContainerViews } from './views.ts';
import { Waits } from './waits.ts';

/** What the container services stand on. */
export interface ContainerFoundations {
  readonly config: EngineConfig;
  readonly images: ImageService;
  readonly snapshots: Snapshots;
  readonly runner: CellRunner;
  readonly network: NetworkPort;
  readonly sandboxes: SandboxService;
  readonly cgroups: MachineCgroups;
  readonly events: EventService;
  readonly store: ContainerStore;
  readonly volumeStore: VolumeStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The program of the threads that copy files. */
  readonly archiveWorkerUrl: URL;
  readonly spawnSender: () => SenderProcess;
}

/** The container services, wired to each other. */
export interface ContainerAssembly extends Upkeep {
  readonly service: ContainerService;
  readonly volumes: VolumeService;
  readonly mounts: ContainerMounts;
  readonly execs: ExecService;
  readonly lifecycle: ContainerLifecycle;
  readonly starter: ContainerStarter;
  readonly table: RuntimeTable;
  readonly keeper: LogKeeper;
  readonly archives: CopyService;
  readonly commits: CommitService;
  readonly copies: Copies;
}

/** What several of the parts stand on. `idle`: IDs of the containers that a prune would take. */
function commonParts(foundations: ContainerFoundations, idle: (filters: Filters) => readonly string[]) {
  const { config, events, logger, store } = foundations;
  const imageOf = (container: string) => store.all().find(({ id }) => id === container)?.imageId;
  const images = new ImagePortService(foundations.images, foundations.snapshots, imageOf);
  const features = { lowerdirPlus: kernelAtLeast(6, 7) };
  const { volumes, mounts } = assembleMounts({ ...foundations, images, features, idle });
  return {
    ...foundations,
    images,
    features,
    volumes,
    mounts,
    available: boundingSet(),
    cdi: new CdiDevices(new CdiRegistry(config.cdiSpecDirs, logger)),
    userns: UsernsService.of(config, store),
    journal: new EndJournal(foundations),
    sizes: new ContainerSizes({ store, images, events }),
    table: new RuntimeTable(),
    waits: new Waits(),
    seccomp: new SeccompFilters(),
    hooks: new ContainerHooks({ ...foundations, execRoot: config.execRoot, patience: config.runtimePatience }),
    pauser: new ContainerPauser(foundations),
  };
}

/** Makes all parts of the noun "container". */
export function assembleContainers(foundations: ContainerFoundations): ContainerAssembly {
  const { network } = foundations;
  const common = commonParts(foundations, (filters) => service.idle(filters, foundations.clock.now()));
  const { images, features, table, volumes, mounts } = common;
  const killer = new ExecKiller(foundations);
  const execs = new ExecService({ ...common, killer, starter: new ExecStarter(common) });
  const { keeper, logs } = assembleLogs(common);
  const starter = new ContainerStarter({ ...common, logs: keeper });
  const { copies, service: archives } = assembleCopies({
    ...common,
    features,
    staging: foundations.sandboxes.staging,
    directory: (id) => starter.directory(id),
    exclusive: (record, work) => lifecycle.exclusive(record, work),
  });
  const commits = new CommitService({ ...common, copies, imageService: foundations.images });
  const remover = new ContainerRemover({ ...common, starter, copies });
  const lifecycle = new ContainerLifecycle({
    networkEvents: new NetworkEvents(foundations.events, network),
    ...common,
    copies,
    starter,
    autoRemove: (record) => remover.removeEnded(record),
  });
  const directory = (id: string) => starter.directory(id);
  const logPath = (record: ContainerRecord) => logs.shownPath(record);
  const execIds = (id: string) => execs.idsOf(id);
  const oomKills = (sandbox: string) => foundations.cgroups.limitsHit(sandbox).oomKills;
  const idMaps = (record: ContainerRecord) => common.userns.idMapsOf(record);
  const views = new ContainerViews({ network, images, directory, logPath, execIds, oomKills, idMaps });
  const attacher = new Attacher({ ...common, logs });
  const replace = (record: ContainerRecord) => remover.replace(record, lifecycle);
  const creator = new ContainerCreator({ ...common, starter, replace });
  const remove = (record: ContainerRecord) => remover.remove(record, { force: false }, lifecycle);
  const meter = new ContainerMeter(foundations);
  const updater = new ContainerUpdater(foundations);
  const lister = new ProcessLister(foundations);
  const pruner = new ContainerPruner({ ...common, remove });
  const parts = { creator, lifecycle, remover, starter, views, attacher, pruner, meter, lister, updater };
  const service = new ContainerService({ ...common, ...parts, logs });
  const upkeep = assembleUpkeep({ ...common, execs, lifecycle, service });
  return {
    ...upkeep,
    service,
    volumes,
    mounts,
    execs,
    lifecycle,
    starter,
    table,
    archives,
    commits,
    copies,
    keeper,
  };
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
