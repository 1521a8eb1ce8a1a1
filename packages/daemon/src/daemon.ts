import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ApiServer, createApiServer } from '@wharf/api';
import { ContentStore } from '@wharf/content';
import {
  ContainerStore,
  containersSchema,
  Engine,
  type EngineConfig,
  type EngineOptions,
  EventService,
  eventsSchema,
  lockDataRoot,
  lockFor,
  makeDirectories,
  makeRemapUser,
  resolveRemap,
  Subordinates,
  VolumeStore,
  volumesSchema,
} from '@wharf/engine';
import { createHub, type Hub, type HubAuth } from '@wharf/hub';
import { ImageService, imagesSchema } from '@wharf/images';
import { type Clock, Database, errnoOf, type Logger, messageOf, systemClock, writeFileAtomic } from '@wharf/kit';
import { CellRunner } from '@wharf/linux';

import { NetworkService, networkSchema } from '@wharf/network';

import { defaultEndpoints, RegistryClient } from '@wharf/registry';
import { OciRuntimes } from '@wharf/runtime';
import { fail } from './errors.ts';
import { LibrarySeeder } from './library.spawn.ts';
import { spawnLogSender } from './log-sender.spawn.ts';
import type { DaemonOptions } from './options.ts';

/** Where this installation keeps its programs. */
export interface Installation {
  /** The root of the installation (WHARF_HOME). */
  readonly home: string;
  readonly cell: string;
  readonly worker: string;
  /** The program of the threads that copy files of containers. */
  readonly archiveWorker: string;
  /** The program that sends logs. */
  readonly logSender: string;
  readonly version: string;
  readonly commit: string;
  readonly buildTime: string;
}

const API = { min: '1.24', max: '1.55' };
const MEGABYTE = 1024 * 1024;
/** Where other OCI runtimes, and programs that they need, are looked for. */
const SEARCH = process.env['PATH'] || '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A running engine with its API and Hub. */
export interface Daemon {
  /** Addresses on which the API listens. */
  readonly addresses: readonly string[];
  /** Ends API, Hub and engine; containers run on. */
  stop(): Promise<void>;
}

function remapOf(spec: string): EngineConfig['usernsRemap'] {
  const host = new Subordinates();
  return resolveRemap(spec, host, makeRemapUser(host));
}

function engineConfig(options: DaemonOptions, installation: Installation): EngineConfig {
  return {
    dataRoot: options.dataRoot,
    execRoot: options.execRoot,
    // Every global name follows from the bridge, of which there can be only one with that name on a machine.
    cgroupParent: options.bridge === 'wharf0' ? 'wharf' : `wharf-${options.bridge}`,
    poolSize: options.poolSize,
    usernsRemap: options.usernsRemap === undefined ? undefined : remapOf(options.usernsRemap),
    usernsAutoUser: options.usernsAutoUser,
    version: installation.version,
    commit: installation.commit,
    buildTime: installation.buildTime,
    labels: options.labels,
    logMaxSize: 100 * MEGABYTE,
    logMaxFiles: 2,
    logDriver: options.logDriver,
    logOptions: options.logOptions,
    runtimes: new OciRuntimes({ added: options.runtimes, default: options.defaultRuntime, search: SEARCH }),
    runtimePatience: options.runtimeTimeout * 1000,
    search: SEARCH,
    cdiSpecDirs: options.cdiSpecDirs,
    journalSocket: options.journalSocket,
  };
}

/**
 * Everybody on this machine may pull from the embedded Hub; only who can read the password in the data root may push:
 * the engine runs what it pulls from there as root.
 */
async function hubAuth(dataRoot: string): Promise<HubAuth> {
  const path = join(dataRoot, 'hub-password');
  if (!existsSync(path)) writeFileAtomic(path, `${randomBytes(24).toString('base64url')}\n`, 0o600);
  const password = readFileSync(path, 'utf8').trim();
  return {
    scheme: 'token',
    users: { wharf: password },
    allows: (user, _repository, action) => action === 'pull' || user !== undefined,
  };
}

async function listenHub(hub: Hub, port: number): Promise<{ url: string }> {
  try {
    return await hub.listen({ host: '127.0.0.1', port });
  } catch (cause) {
    await hub.close();
    const why = errnoOf(cause) === 'EADDRINUSE' ? 'address already in use' : messageOf(cause);
    throw fail('HUB_ADDRESS', `the Hub cannot listen on 127.0.0.1:${port}: ${why}; choose another --hub-port`, {
      cause,
    });
  }
}

async function startHub(options: DaemonOptions, seeder: LibrarySeeder, clock: Clock, logger: Logger) {
  if (!options.hub) return { hub: undefined, url: undefined };
  const hub: Hub = createHub({
    root: join(options.dataRoot, 'hub'),
    logger,
    clock,
    auth: await hubAuth(options.dataRoot),
    onMissing: (repository, reference) =>
      // A tag that somebody has pushed is not moved back when another tag of the same image is brought.
      seeder.bring(repository, reference, (layout, name, tag) => hub.seed(layout, name, tag, { keepTag: true })),
  });
  const { url } = await listenHub(hub, options.hubPort);
  logger.info('hub listens', { url });
  return { hub, url };
}

async function listenAll(api: ApiServer, hosts: readonly string[], logger: Logger): Promise<string[]> {
  const addresses: string[] = [];
  for (const host of hosts) {
    if (host.startsWith('unix://')) {
      const path = host.slice('unix://'.length);
      makeDirectories(dirname(path), 0o755);
      addresses.push((await api.listen({ unix: path, mode: 0o660 })).url);
    } else {
      addresses.push((await api.listen({ tcp: host.slice('tcp://'.length) })).url);
      logger.warn('the API listens on TCP without authentication: whoever can reach it is root on this machine', {
        host,
      });
    }
  }
  return addresses;
}

/** What is done at the end, last come first served; a step that fails does not keep the others from being done. */
class Endings {
  readonly #works: (() => Promise<void> | void)[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(work: () => Promise<void> | void): void {
    this.#works.push(work);
  }

  async run(): Promise<void> {
    for (const work of this.#works.splice(0).toReversed()) {
      try {
        await work();
      } catch (error) {
        this.#logger.warn('stopping', { error: messageOf(error) });
      }
    }
  }
}

/** What everything else stands on. */
interface Ground {
  readonly options: DaemonOptions;
  readonly installation: Installation;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly database: Database;
  readonly runner: CellRunner;
  readonly events: EventService;
  readonly store: ContainerStore;
  readonly volumeStore: VolumeStore;
  readonly endings: Endings;
}

function layGround(options: DaemonOptions, installation: Installation, logger: Logger, endings: Endings): Ground {
  const clock = systemClock();
  const schemas = [imagesSchema, containersSchema, volumesSchema, eventsSchema, networkSchema];
  const database = new Database(join(options.dataRoot, 'wharf.db'), schemas);
  endings.add(() => database.close());
  const runner = new CellRunner(installation.cell);
  endings.add(() => runner.close());
  const onError = (error: unknown) => logger.error('event listener', { error: messageOf(error) });
  const events = new EventService(database, clock, onError);
  return {
    options,
    installation,
    logger,
    clock,
    database,
    runner,
    events,
    store: new ContainerStore(database),
    volumeStore: new VolumeStore(database),
    endings,
  };
}

function makeRegistry({ options, installation, logger }: Ground, hubUrl: string | undefined): RegistryClient {
  const endpoints = defaultEndpoints({
    ...(hubUrl ? { hub: hubUrl } : {}),
    mirrors: [...options.mirrors],
    insecureRegistries: [...options.insecureRegistries],
  });
  return new RegistryClient({ endpoints, userAgent: `Wharf/${installation.version}`, logger });
}

async function startImages(ground: Ground, registry: RegistryClient): Promise<ImageService> {
  const { options, installation, logger, clock, database, runner, events, store, endings } = ground;
  const uses = (imageId: string) => store.all().filter((record) => record.imageId === imageId);
  const images = new ImageService({
    root: join(options.dataRoot, 'images'),
    database,
    content: new ContentStore({ root: join(options.dataRoot, 'content') }),
    registry,
    ops: runner,
    clock,
    logger,
    workerUrl: pathToFileURL(installation.worker),
    downloads: options.maxConcurrentDownloads,
    inUse: (imageId) =>
      uses(imageId).map(({ id, state }) => ({
        container: id,
        running: state.status === 'running' || state.status === 'restarting',
      })),
    onEvent: ({ action, id, attributes }) => events.publish('image', action, id, { ...attributes }),
  });
  await images.start();
  endings.add(() => images.stop());
  return images;
}

async function startNetwork({ options, database, runner, clock, logger, endings }: Ground): Promise<NetworkService> {
  const config = {
    bridge: options.bridge,
    nftTable: options.bridge === 'wharf0' ? 'wharf' : `wharf-${options.bridge}`,
    ...(options.bip === undefined ? {} : { subnet: options.bip }),
  };
  const network = new NetworkService({ database, runner, clock, logger, config });
  await network.start();
  endings.add(() => network.stop());
  return network;
}

async function startEngine(
  ground: Ground,
  images: ImageService,
  network: NetworkService,
  registry: RegistryClient,
): Promise<Engine> {
  const { options, installation, endings } = ground;
  const config = engineConfig(options, installation);
  const tags: EngineOptions['tags'] = (reference, wishes) => registry.tags(reference, wishes);
  const login: EngineOptions['login'] = (host, who, wishes) => registry.login(host, who, wishes);
  const archiveWorkerUrl = pathToFileURL(installation.archiveWorker);
  const spawnSender = () => spawnLogSender(installation, options.execRoot);
  const parts = { images, snapshots: images.snapshots, network, archiveWorkerUrl, spawnSender };
  const engine = new Engine({ ...ground, ...parts, config, api: API, tags, login });
  await engine.start();
  endings.add(() => engine.stop());
  return engine;
}

/** The directory without links in its path: it is compared with what the kernel says is mounted where. */
function makeRoot(option: string, path: string): string {
  try {
    makeDirectories(path, 0o711);
    return realpathSync(path);
  } catch (cause) {
    throw fail('BAD_OPTION', `cannot make ${option} ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** The one place where the parts of the engine meet. Resolves when the API listens. */
export async function startDaemon(given: DaemonOptions, installation: Installation, logger: Logger): Promise<Daemon> {
  const dataRoot = makeRoot('--data-root', given.dataRoot);
  const execRoot = makeRoot('--exec-root', given.execRoot);
  const options = { ...given, dataRoot, execRoot };
  const endings = new Endings(logger);
  endings.add(lockDataRoot(join(options.dataRoot, 'engine.lock'), options.dataRoot));
  try {
    endings.add(lockFor(join(options.execRoot, 'engine.lock'), `the exec root ${options.execRoot}`, '--exec-root'));
    // Interfaces, rules and control groups are named after the bridge: two engines would take each other's away.
    const lock = `/run/wharf-${basename(options.bridge)}.lock`;
    endings.add(lockFor(lock, `the bridge ${options.bridge}`, '--bridge'));
    const ground = layGround(options, installation, logger, endings);
    const { hub, url } = await startHub(options, new LibrarySeeder(installation.home, logger), ground.clock, logger);
    if (hub) endings.add(() => hub.close());
    const registry = makeRegistry(ground, url);
    const images = await startImages(ground, registry);
    const network = await startNetwork(ground);
    const engine = await startEngine(ground, images, network, registry);
    const version = { ...API, engine: installation.version };
    const api = createApiServer({ backends: engine, logger, version, cgroupVersion: engine.cgroups.version });
    endings.add(() => api.close());
    return { addresses: await listenAll(api, options.hosts, logger), stop: () => endings.run() };
  } catch (error) {
    await endings.run();
    throw error;
  }
}
