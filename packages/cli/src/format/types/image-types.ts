/** What `image inspect` templates see, beside the types shared with containers. Written in the notation of Schema. */
export const IMAGE_TYPES = `
image.InspectResponse
  ID string Id
  RepoTags []string
  RepoDigests []string
  Parent string
  Comment string
  Created string ,
  Container string ,
  ContainerConfig *container.Config ,
  DockerVersion string
  Author string
  Config *v1.DockerOCIImageConfig
  Architecture string
  Variant string ,
  Os string
  OsVersion string ,
  Size int64
  VirtualSize int64 ,
  GraphDriver storage.DriverData
  RootFS image.RootFS
  Metadata image.Metadata
  Descriptor *v1.Descriptor ,
  Manifests []image.ManifestSummary ,
v1.DockerOCIImageConfig
  User string ,
  ExposedPorts map[string]struct{} ,
  Env []string ,
  Entrypoint []string ,
  Cmd []string ,
  Volumes map[string]struct{} ,
  WorkingDir string ,
  Labels map[string]string ,
  StopSignal string ,
  ArgsEscaped bool ,
  Healthcheck *v1.HealthcheckConfig ,
  OnBuild []string ,
  Shell []string ,
image.RootFS
  Type string ,
  Layers []string ,
image.Metadata
  LastTagTime time.Time ,
image.ManifestSummary
  ID string
  Descriptor v1.Descriptor
  Available bool
  Size any
  Kind image.ManifestKind
  ImageData *image.ImageProperties ,
  AttestationData *image.AttestationProperties ,
image.ManifestKind = string
image.ImageProperties
  Platform v1.Platform
  Size any
  Containers []string
image.AttestationProperties
  For digest.Digest
`;
