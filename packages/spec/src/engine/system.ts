/** Engine API types of the System tag, with the members required that the engine always answers. */
import type {
  EventMessage as GeneratedEvent,
  SystemInfo as GeneratedInfo,
  SystemVersion as GeneratedVersion,
} from './engine-api.gen.ts';
import type { Require } from './require.ts';

export type { ErrorResponse, PluginsInfo, RegistryServiceConfig, Runtime, SwarmInfo } from './engine-api.gen.ts';

/** Answer of GET /info. */
export type SystemInfo = Require<
  GeneratedInfo,
  | 'ID'
  | 'Containers'
  | 'ContainersRunning'
  | 'ContainersPaused'
  | 'ContainersStopped'
  | 'Images'
  | 'Driver'
  | 'DockerRootDir'
  | 'SystemTime'
  | 'CgroupDriver'
  | 'KernelVersion'
  | 'OperatingSystem'
  | 'OSType'
  | 'Architecture'
  | 'NCPU'
  | 'MemTotal'
  | 'Name'
  | 'ServerVersion'
>;

/** Answer of GET /version. */
export type SystemVersion = Require<
  GeneratedVersion,
  'Version' | 'ApiVersion' | 'MinAPIVersion' | 'GitCommit' | 'Os' | 'Arch' | 'KernelVersion' | 'BuildTime'
>;

/** One line of GET /events; `time` in seconds, `timeNano` in nanoseconds (a double, as every JSON client reads it). */
export type EventMessage = Omit<Require<GeneratedEvent, 'Type' | 'Action' | 'time' | 'timeNano'>, 'Actor'> & {
  Actor: { ID: string; Attributes: Record<string, string> };
};
