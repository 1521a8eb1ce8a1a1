import type { IdMaps } from '@wharf/runtime';
import type {
  ContainerInspect,
  ContainerSummary,
  EndpointSettings,
  NetworkSettings,
  OciIdMapping,
  WharfIdRange,
} from '@wharf/spec';
import type { HealthRecord } from '../health/health-record.ts';
import { mountPoint, mountsOf } from '../mounts/mounts-of.ts';
import { CONFIG_DEFAULTS, hostConfigDefaults, present } from './inspect-defaults.ts';
import type { ImagePort, NetworkPort } from './ports.ts';
import { type ContainerRecord, shownStatus } from './record.ts';
import { networkKind } from './starter.ts';
import { statusText } from './status-text.ts';

function shownMap(maps: readonly OciIdMapping[]): WharfIdRange[] {
  return maps.map(({ containerID, hostID, size }) => ({ ContainerID: containerID, HostID: hostID, Size: size }));
}

/** How containers look from the API. */
export class ContainerViews {
  readonly #network: NetworkPort;
  readonly #images: ImagePort;
  readonly #directory: (id: string) => string;
  readonly #logPath: (record: ContainerRecord) => string;
  readonly #execIds: (id: string) => string[] | null;
  readonly #oomKills: (sandbox: string) => number;
  readonly #idMaps: (record: ContainerRecord) => IdMaps | undefined;

  constructor(options: {
    readonly network: NetworkPort;
    readonly images: ImagePort;
    readonly directory: (id: string) => string;
    readonly logPath: (record: ContainerRecord) => string;
    readonly execIds: (id: string) => string[] | null;
    readonly oomKills: (sandbox: string) => number;
    readonly idMaps: (record: ContainerRecord) => IdMaps | undefined;
  }) {
    this.#network = options.network;
    this.#images = options.images;
    this.#directory = options.directory;
    this.#logPath = options.logPath;
    this.#execIds = options.execIds;
    this.#oomKills = options.oomKills;
    this.#idMaps = options.idMaps;
  }

  /** GET /containers/{id}/json without sizes. */
  inspect(record: ContainerRecord): ContainerInspect {
    const directory = this.#directory(record.id);
    const started = record.state.startedAt !== '0001-01-01T00:00:00Z';
    const file = (name: string) => (started ? `${directory}/${name}` : '');
    return {
      Id: record.id,
      Created: record.created,
      Path: record.path,
      Args: [...record.args],
      State: this.#state(record),
      Image: record.imageId,
      ResolvConfPath: file('resolv.conf'),
      HostnamePath: file('hostname'),
      HostsPath: file('hosts'),
      LogPath: this.#logPath(record),
      Name: `/${record.name}`,
      RestartCount: record.restartCount,
      Driver: 'overlay2',
      Platform: record.platform,
      MountLabel: '',
      ProcessLabel: '',
      AppArmorProfile: '',
      ExecIDs: this.#execIds(record.id),
      HostConfig: { ...hostConfigDefaults(record.hostConfig), ...present(record.hostConfig) },
      GraphDriver: this.#graphDriver(record),
      Mounts: mountsOf(record).map(mountPoint),
      Config: { ...CONFIG_DEFAULTS, ...present(record.config) },
      NetworkSettings: this.#networkSettings(record),
      ...this.#wharf(record),
    };
  }

  /** What Docker does not have, where there is any. */
  #wharf(record: ContainerRecord): Pick<ContainerInspect, 'Wharf'> {
    const ids = this.#idMaps(record);
    const shown = { ...record.wharf, ...(ids && { UidMap: shownMap(ids.uid), GidMap: shownMap(ids.gid) }) };
    return Object.keys(shown).length > 0 ? { Wharf: shown } : {};
  }

  /** While a container runs its group is asked: not every kernel tells of such kills when they happen. */
  #killsSoFar({ state, hostConfig, sandbox }: ContainerRecord): number {
    return state.status === 'running' && (hostConfig.Memory ?? 0) > 0 ? this.#oomKills(sandbox) : 0;
  }

  #state(record: ContainerRecord): ContainerInspect['State'] {
    const { state } = record;
    return {
      Status: shownStatus(state),
      Running: state.status === 'running' || state.status === 'restarting',
      Paused: shownStatus(state) === 'paused',
      Restarting: state.status === 'restarting',
      OOMKilled: state.oomKilled || this.#killsSoFar(record) > 0,
      Dead: state.status === 'dead',
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: state.error,
      StartedAt: state.startedAt,
      FinishedAt: state.finishedAt,
      ...(state.health ? { Health: healthView(state.health) } : {}),
    };
  }

  #graphDriver(record: ContainerRecord): ContainerInspect['GraphDriver'] {
    const { lower, upper, work } = this.#images.layers(record.id);
    return {
      Name: 'overlay2',
      Data: { ID: record.id, LowerDir: lower.join(':'), UpperDir: upper, WorkDir: work, MergedDir: '' },
    };
  }

  #networkSettings(record: ContainerRecord): NetworkSettings {
    const ports = Object.fromEntries(Object.keys(record.config.ExposedPorts ?? {}).map((port) => [port, null]));
    return {
      SandboxID: record.sandbox,
      SandboxKey: record.state.pid > 0 ? `/proc/${record.state.pid}/ns/net` : '',
      Ports: record.state.status === 'running' ? ports : {},
      Networks: this.#networks(record),
    };
  }

  #networks(record: ContainerRecord): Record<string, EndpointSettings> {
    const kind = networkKind(record.hostConfig.NetworkMode);
    if (kind === 'container') return {};
    const asked = record.networkingConfig.EndpointsConfig?.[kind] ?? {};
    const endpoint = record.sandbox === '' ? undefined : this.#network.endpoint(record.sandbox);
    return {
      [kind]: {
        ...({
          IPAMConfig: null,
          Links: null,
          Aliases: null,
          DriverOpts: null,
          DNSNames: null,
        } as unknown as EndpointSettings),
        ...asked,
        MacAddress: endpoint?.mac ?? '',
        GwPriority: 0,
        NetworkID: this.#network.networkId(kind),
        EndpointID: endpoint?.endpointId ?? '',
        Gateway: endpoint?.gateway ?? '',
        IPAddress: endpoint?.ip ?? '',
        IPPrefixLen: endpoint?.prefix ?? 0,
        IPv6Gateway: '',
        GlobalIPv6Address: '',
        GlobalIPv6PrefixLen: 0,
      },
    };
  }

  /** One row of GET /containers/json. `now` in milliseconds; `nameOf` as in ImagePort, for callers that remember answers. */
  summary(
    record: ContainerRecord,
    now: number,
    nameOf: ImagePort['nameOf'] = (id, asked) => this.#images.nameOf(id, asked),
  ): ContainerSummary {
    return {
      Id: record.id,
      Names: [`/${record.name}`],
      Image: nameOf(record.imageId, record.config.Image ?? ''),
      ImageID: record.imageId,
      Command: [record.path, ...record.args].map(quoteIfNeeded).join(' '),
      Created: Math.floor(Date.parse(record.created) / 1000),
      Ports: record.state.status === 'running' ? exposedPorts(record) : [],
      Labels: record.config.Labels ?? {},
      State: shownStatus(record.state),
      Status: statusText(record, now),
      HostConfig: { NetworkMode: record.hostConfig.NetworkMode ?? 'bridge' },
      NetworkSettings: { Networks: this.#networks(record) },
      Mounts: mountsOf(record).map(mountPoint),
      Health: { Status: record.state.health?.status ?? 'none', FailingStreak: record.state.health?.failingStreak ?? 0 },
    };
  }
}

function healthView({ status, failingStreak, log }: HealthRecord): NonNullable<ContainerInspect['State']['Health']> {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ start, end, exitCode, output }) => ({
      Start: start,
      End: end,
      ExitCode: exitCode,
      Output: output,
    })),
  };
}

/** Docker shows arguments with spaces in single quotes. */
function quoteIfNeeded(argument: string): string {
  return argument.includes(' ') ? `'${argument}'` : argument;
}

function exposedPorts(record: ContainerRecord): ContainerSummary['Ports'] {
  return Object.keys(record.config.ExposedPorts ?? {}).map((text) => {
    const [port = '', type = 'tcp'] = text.split('/');
    return { PrivatePort: Number(port), Type: type as 'tcp' | 'udp' | 'sctp' };
  });
}
