export type { ArchiveBackend, ContainerPathStat, ExtractOptions } from './backends/archive.ts';
export type { CommitBackend, CommitOptions } from './backends/commit.ts';
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
export type { ExecBackend, ExecOptions, ExecStartOptions } from './backends/exec.ts';
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
export type { VolumeBackend, VolumeCreateOptions, VolumePruneReport } from './backends/volume.ts';
export { type ValidCreate, validateCreate } from './create/validate-create.ts';
export { definitions as apiErrors } from './errors.ts';
export type { BoundAddress, ListenAddress } from './http/listen.ts';
export { compareVersions, isBefore } from './http/versions.ts';
export { type ApiServer, type ApiServerOptions, createApiServer } from './server.ts';
