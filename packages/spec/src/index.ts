export { type Digest, type DigestAlgorithm, digestAlgorithm, digestHex, isDigest, parseDigest } from './digest.ts';
export type {
  ContainerBlkioStatEntry,
  ContainerConfig,
  ContainerCPUStats,
  ContainerCreateRequest,
  ContainerCreateResponse,
  ContainerInspect,
  ContainerNetworkStats,
  ContainerState,
  ContainerStats,
  ContainerSummary,
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
  WaitCondition,
} from './engine/container.ts';
export type { ExecCreateRequest, ExecInspect, ExecStartRequest } from './engine/exec.ts';
export type { ExplainStep } from './engine/explain.ts';
export type {
  ImageDeleteResponseItem,
  ImageHistoryResponseItem,
  ImageInspect,
  ImageSummary,
  ProgressMessage,
} from './engine/image.ts';
export type {
  ErrorResponse,
  EventMessage,
  PluginsInfo,
  RegistryServiceConfig,
  Runtime,
  SwarmInfo,
  SystemInfo,
  SystemVersion,
} from './engine/system.ts';
export type { Volume, VolumeCreateRequest, VolumeListResponse } from './engine/volume.ts';
export type {
  HealthOnFailure,
  WharfCause,
  WharfConfig,
  WharfEnd,
  WharfIdRange,
  WharfInspect,
  WharfWhy,
} from './engine/wharf.ts';
export { definitions as specErrors } from './errors.ts';
export {
  booleanFilter,
  checkFilterNames,
  type Filters,
  filterValues,
  formatFilters,
  matchesExactly,
  matchesLabels,
  matchesPattern,
  matchesPrefix,
  NO_FILTERS,
  parseFilters,
} from './filters.ts';
export { formatGoDuration, parseGoDuration } from './go-duration.ts';
export { type FloatForm, formatFloat } from './go-float.ts';
export { describeRune, goQuote, goUnquote, goUnquoteRune } from './go-quote.ts';
export {
  formatAnsiC,
  formatGoTime,
  formatRfc3339,
  formatRfc3339Nano,
  goTimeText,
  parseRfc3339,
  parseTimestamp,
  type ZonedTime,
} from './go-time.ts';
export { type ImageDocument, parseImageDocument, parseJsonObject } from './image-document.ts';
export { compactJson, indentJson } from './json-layout.ts';
export {
  type Descriptor,
  type HistoryEntry,
  type ImageConfig,
  type ImageHealthcheck,
  type ImageRunConfig,
  type Index,
  isForeignLayerType,
  isIndexType,
  MANIFEST_MEDIA_TYPES,
  MAX_MANIFEST_BYTES,
  type Manifest,
  MEDIA_TYPES,
  type Platform,
} from './oci-image.ts';
export type {
  OciCapabilities,
  OciConfig,
  OciDevice,
  OciDeviceRule,
  OciHook,
  OciIdMapping,
  OciLinux,
  OciMount,
  OciNamespace,
  OciNamespaceType,
  OciProcess,
  OciResources,
  OciRlimit,
  OciThrottleDevice,
  OciWeightDevice,
} from './oci-runtime.ts';
export {
  DEFAULT_REGISTRY,
  DEFAULT_TAG,
  familiarName,
  familiarString,
  isRepositoryName,
  isTag,
  parseReference,
  type Reference,
  referenceString,
  withDefaultTag,
} from './reference.ts';
export { FrameReader, frameHeader, type StreamNumber } from './stdcopy.ts';
export {
  bytesSize,
  fromHumanSize,
  humanDuration,
  humanSize,
  humanSizeWithPrecision,
  ramInBytes,
} from './units.ts';
