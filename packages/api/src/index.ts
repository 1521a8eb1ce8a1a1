export type {
  AttachedStream,
  AttachOptions,
  ContainerBackend,
  ContainerListOptions,
  CreateOptions,
  LogsOptions,
  OutputStream,
  PendingWait,
  RemoveOptions,
  StopOptions,
} from './backends/container.ts';
export type { Identity, RequestContext } from './backends/context.ts';
export type {
  ImageBackend,
  ImageInspectOptions,
  ImageListOptions,
  ImageRemoveOptions,
  PullOptions,
  RegistryCredentials,
  RequestedPlatform,
} from './backends/image.ts';
export type { Backends } from './backends/index.ts';
export type { EventsOptions, PingFacts, SystemBackend } from './backends/system.ts';
