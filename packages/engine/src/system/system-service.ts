import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, writeFileAtomic } from '@wharf/kit';
import type { EventMessage, Filters, SystemInfo, SystemVersion } from '@wharf/spec';
import type { CdiRegistry } from '../cdi/registry.ts';
import type { EngineConfig } from '../config.ts';
import type { ContainerStore } from '../containers/store.ts';
import { rfc3339 } from '../containers/time.ts';
import { checkEventFilters, type EventService, matchesEvent } from '../events/event-service.ts';
import { LOG_DRIVERS } from '../logs/drivers/drivers.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import { type DiskUsage, type DiskUsageParts, type DiskUsageType, measureDisk } from './disk-usage.ts';
import { hostFacts } from './host-facts.ts';
import { type ProveLogin, type RegistryLogin, registryOf } from './registry-login.ts';

export interface SystemServiceOptions {
  readonly config: EngineConfig;
  readonly cdi: CdiRegistry;
  readonly store: ContainerStore;
  readonly images: { count(): number };
  /** What takes disk space. */
  readonly disk: DiskUsageParts;
  readonly events: EventService;
  readonly cgroups: MachineCgroups;
  readonly logs: { warnings(): string[] };
  readonly clock: Clock;
  readonly login: ProveLogin;
  readonly api: { readonly min: string; readonly max: string };
}

/** The noun "system": what the engine tells of itself, and its events. */
export class SystemService {
  readonly #options: SystemServiceOptions;
  readonly #id: string;

  constructor(options: SystemServiceOptions) {
    this.#options = options;
    this.#id = engineId(join(options.config.dataRoot, 'engine-id'));
  }

  ping(): { builderVersion: '1'; experimental: boolean; swarm: string } {
    return { builderVersion: '1', experimental: false, swarm: 'inactive' };
  }

  async version(): Promise<SystemVersion> {
    const { config, api } = this.#options;
    const facts = hostFacts();
    const details = {
      ApiVersion: api.max,
      Arch: facts.architecture,
      BuildTime: config.buildTime,
      Experimental: 'false',
      GitCommit: config.commit,
      KernelVersion: facts.kernel,
      MinAPIVersion: api.min,
      Os: 'linux',
    };
    return {
      Platform: { Name: 'Wharf Engine' },
      Components: [{ Name: 'Engine', Version: config.version, Details: details }],
      Version: config.version,
      ApiVersion: api.max,
      MinAPIVersion: api.min,
      GitCommit: config.commit,
      Os: 'linux',
      Arch: facts.architecture,
      KernelVersion: facts.kernel,
      BuildTime: config.buildTime,
    };
  }

  async info(): Promise<SystemInfo> {
    const { config, store, images, cgroups, clock } = this.#options;
    const facts = hostFacts();
    const up = store.all().filter(({ state }) => state.status === 'running' || state.status === 'restarting');
    const paused = up.filter(({ state }) => state.paused).length;
    const v2 = cgroups.version === 2;
    return {
      ID: this.#id,
      Containers: store.size,
      ContainersRunning: up.length - paused,
      ContainersPaused: paused,
      ContainersStopped: store.size - up.length,
      Images: images.count(),
      Driver: 'overlay2',
      DriverStatus: [
        ['Backing Filesystem', 'overlayfs on the data root'],
        ['Native Overlay Diff', 'true'],
      ],
      DockerRootDir: config.dataRoot,
      Plugins: { Volume: ['local'], Network: ['bridge', 'host', 'null'], Log: [...LOG_DRIVERS] },
      ...limitFacts(cgroups),
      IPv4Forwarding: readText('/proc/sys/net/ipv4/ip_forward') === '1',
      Debug: false,
      SystemTime: rfc3339(clock.nowNanos()),
      LoggingDriver: config.logDriver,
      CgroupDriver: 'cgroupfs',
      CgroupVersion: v2 ? '2' : '1',
      KernelVersion: facts.kernel,
      OperatingSystem: facts.operatingSystem,
      OSVersion: facts.osVersion,
      OSType: 'linux',
      Architecture: facts.machine,
      NCPU: facts.cpus,
      MemTotal: facts.memory,
      IndexServerAddress: 'https://index.docker.io/v1/',
      Name: facts.name,
      Labels: [...config.labels],
      ...cdiFacts(this.#options.cdi),
      ExperimentalBuild: false,
      ServerVersion: config.version,
      Runtimes: config.runtimes.list(),
      DefaultRuntime: config.runtimes.default,
      Swarm: { LocalNodeState: 'inactive' } as SystemInfo['Swarm'],
      LiveRestoreEnabled: true,
      Isolation: '',
      InitBinary: 'cell',
      SecurityOptions: securityFacts(config, cgroups),
      Warnings: this.#options.logs.warnings(),
    };
  }

  /** POST /auth. Throws REGISTRY_UNAUTHORIZED. */
  login(
    address: string,
    login: RegistryLogin,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<{ readonly identityToken?: string }> {
    return this.#options.login(registryOf(address), login, { signal });
  }

  /** What takes how much of the disk. */
  diskUsage(types: ReadonlySet<DiskUsageType>): Promise<DiskUsage> {
    return measureDisk(this.#options.disk, types);
  }

  /** Past events from `since`, then live ones until `until` (nanoseconds) or until the client leaves. */
  async events(
    options: { readonly since?: bigint; readonly until?: bigint; readonly filters: Filters },
    { signal }: { readonly signal: AbortSignal },
  ): Promise<AsyncIterable<EventMessage>> {
    checkEventFilters(options.filters);
    const queue = new EventQueue(signal);
    const passes = (event: EventMessage) => matchesEvent(event, options.filters);
    const unsubscribe = this.#options.events.subscribe((event) => {
      if (passes(event)) queue.push(event);
    });
    queue.onEnd(unsubscribe);
    const now = this.#options.clock.nowNanos();
    const past =
      options.since === undefined ? [] : this.#options.events.past(options.since, options.until ?? now).filter(passes);
    if (options.until !== undefined) queue.endAt(Number((options.until - now) / 1_000_000n));
    return queue.after(past);
  }
}

/** Live events between the bus and one client. A client that does not read is cut off rather than remembered for ever. */
class EventQueue {
  static readonly #limit = 10_000;
  readonly #events: EventMessage[] = [];
  #wake: () => void = () => {};
  #ended = false;
  #onEnd: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => this.#end(), { once: true });
    if (signal.aborted) this.#end();
  }

  onEnd(work: () => void): void {
    this.#onEnd = work;
    if (this.#ended) work();
  }

  /** Ends the stream after so many milliseconds. */
  endAt(delay: number): void {
    if (delay <= 0) this.#end();
    // setTimeout takes at most 2^31-1.
    else this.#timer = setTimeout(() => this.#end(), Math.min(delay, 2 ** 31 - 1));
  }

  push(event: EventMessage): void {
    if (this.#events.length >= EventQueue.#limit) this.#end();
    else this.#events.push(event);
    this.#wake();
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#onEnd();
    this.#wake();
  }

  async *after(past: readonly EventMessage[]): AsyncGenerator<EventMessage> {
    try {
      yield* past;
      for (;;) {
        const next = this.#events.shift();
        if (next) yield next;
        else if (this.#ended) return;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.#end();
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function engineId(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const id = randomUUID();
  writeFileAtomic(path, `${id}\n`, 0o600);
  return id;
}

/** Directories of CDI specifications, and the devices that they describe. */
function cdiFacts(cdi: CdiRegistry): Pick<SystemInfo, 'CDISpecDirs' | 'DiscoveredDevices'> {
  const devices = cdi.list().map((ID) => ({ Source: 'cdi', ID }));
  return { CDISpecDirs: [...cdi.directories], ...(devices.length > 0 ? { DiscoveredDevices: devices } : {}) };
}

function securityFacts({ usernsRemap }: EngineConfig, { version }: MachineCgroups): string[] {
  const more = [...(usernsRemap ? ['userns'] : []), ...(version === 2 ? ['cgroupns'] : [])];
  return ['name=seccomp,profile=builtin', ...more.map((name) => `name=${name}`)];
}

/** Which limits the control groups of this machine have. */
function limitFacts({ features, version }: MachineCgroups): Partial<SystemInfo> {
  const has = (file: string) => features.files.has(file);
  const v2 = version === 2;
  return {
    MemoryLimit: v2 || has('memory.limit_in_bytes'),
    SwapLimit: v2 ? has('memory.swap.max') : has('memory.memsw.limit_in_bytes'),
    CpuCfsPeriod: v2 || has('cpu.cfs_quota_us'),
    CpuCfsQuota: v2 || has('cpu.cfs_quota_us'),
    CPUShares: v2 || has('cpu.shares'),
    CPUSet: has('cpuset.cpus'),
    PidsLimit: has('pids.max'),
    OomKillDisable: has('memory.oom_control'),
  };
}
