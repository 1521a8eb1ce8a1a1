/** Engine API types of the Container tag, with the members required that the engine always answers. */
import type {
  ContainerConfig,
  ContainerInspectResponse,
  ContainerNetworkStats,
  ContainerStatsResponse,
  ContainerState as GeneratedState,
  ContainerSummary as GeneratedSummary,
  HostConfig,
  NetworkingConfig,
} from './engine-api.gen.ts';
import type { Require } from './require.ts';
import type { WharfConfig, WharfInspect } from './wharf.ts';

export type {
  ContainerBlkioStatEntry,
  ContainerConfig,
  ContainerCPUStats,
  ContainerCreateResponse,
  ContainerNetworkStats,
  ContainerTopResponse,
  ContainerWaitExitError,
  ContainerWaitResponse,
  DeviceMapping,
  DeviceRequest,
  DriverData,
  EndpointIPAMConfig,
  EndpointSettings,
  Health,
  HealthConfig,
  HostConfig,
  Mount,
  MountPoint,
  NetworkingConfig,
  NetworkSettings,
  PortBinding,
  PortMap,
  PortSummary,
  Resources,
  RestartPolicy,
  ThrottleDevice,
} from './engine-api.gen.ts';

/** Body of POST /containers/create: the configuration itself, with the host's and the network's part inside. */
export type ContainerCreateRequest = ContainerConfig & {
  HostConfig?: HostConfig;
  NetworkingConfig?: NetworkingConfig;
  Wharf?: WharfConfig;
};

/** State of one container; times are RFC 3339 with nanoseconds, `0001-01-01T00:00:00Z` for "never". */
export type ContainerState = Require<
  GeneratedState,
  | 'Status'
  | 'Running'
  | 'Paused'
  | 'Restarting'
  | 'OOMKilled'
  | 'Dead'
  | 'Pid'
  | 'ExitCode'
  | 'Error'
  | 'StartedAt'
  | 'FinishedAt'
>;

/** Answer of GET /containers/{id}/json. */
export type ContainerInspect = Omit<
  Require<
    ContainerInspectResponse,
    | 'Id'
    | 'Created'
    | 'Path'
    | 'Args'
    | 'Image'
    | 'Name'
    | 'RestartCount'
    | 'Driver'
    | 'Platform'
    | 'HostConfig'
    | 'Mounts'
    | 'Config'
    | 'NetworkSettings'
  >,
  'State'
> & { State: ContainerState; Wharf?: WharfInspect };

/** One row of GET /containers/json; `Created` is in seconds. */
export type ContainerSummary = Require<
  GeneratedSummary,
  'Id' | 'Names' | 'Image' | 'ImageID' | 'Command' | 'Created' | 'Ports' | 'Labels' | 'State' | 'Status' | 'Mounts'
>;

/** One object of GET /containers/{id}/stats. Nanoseconds and bytes. */
export type ContainerStats = Omit<ContainerStatsResponse, 'networks' | 'blkio_stats'> & {
  networks?: Record<string, ContainerNetworkStats>;
  blkio_stats?: {
    [K in keyof NonNullable<ContainerStatsResponse['blkio_stats']>]:
      | NonNullable<ContainerStatsResponse['blkio_stats']>[K]
      | null;
  };
};

/** What a caller of POST /containers/{id}/wait waits for. */
export type WaitCondition = 'not-running' | 'next-exit' | 'removed';
