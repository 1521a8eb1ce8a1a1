/** The answer of the engine; docker's own view of it has the same fields and some of the client's. */
const INFO_FIELDS = `  ID string
  Containers int
  ContainersRunning int
  ContainersPaused int
  ContainersStopped int
  Images int
  Driver string
  DriverStatus [][]string
  SystemStatus [][]string ,
  Plugins system.PluginsInfo
  MemoryLimit bool
  SwapLimit bool
  KernelMemory bool ,
  KernelMemoryTCP bool ,
  CPUCfsPeriod bool CpuCfsPeriod
  CPUCfsQuota bool CpuCfsQuota
  CPUShares bool
  CPUSet bool
  PidsLimit bool
  IPv4Forwarding bool
  Debug bool
  NFd int
  OomKillDisable bool
  NGoroutines int
  SystemTime string
  LoggingDriver string
  CgroupDriver string
  CgroupVersion string ,
  NEventsListener int
  KernelVersion string
  OperatingSystem string
  OSVersion string
  OSType string
  Architecture string
  IndexServerAddress string
  RegistryConfig *registry.ServiceConfig
  NCPU int
  MemTotal int64
  GenericResources []swarm.GenericResource
  DockerRootDir string
  HTTPProxy string HttpProxy
  HTTPSProxy string HttpsProxy
  NoProxy string
  Name string
  Labels []string
  ExperimentalBuild bool
  ServerVersion string
  Runtimes map[string]system.RuntimeWithStatus
  DefaultRuntime string
  Swarm swarm.Info
  LiveRestoreEnabled bool
  Isolation container.Isolation
  InitBinary string
  ContainerdCommit system.Commit
  RuncCommit system.Commit
  InitCommit system.Commit
  SecurityOptions []string
  ProductLicense string ,
  DefaultAddressPools []system.NetworkAddressPool ,
  FirewallBackend *system.FirewallInfo ,
  CDISpecDirs []string
  DiscoveredDevices []system.DeviceInfo ,
  Containerd *system.ContainerdInfo ,
  Warnings []string
`;

/** What the templates of `info`, `version` and `events` see. Written in the notation of Schema. */
export const SYSTEM_TYPES = `
system.Info
${INFO_FIELDS}system.PluginsInfo
  Volume []string
  Network []string
  Authorization []string
  Log []string
registry.ServiceConfig
  IndexConfigs map[string]*registry.IndexInfo
  InsecureRegistryCIDRs []*registry.NetIPNet
  Mirrors []string
  ExtraFields map[string]any -
swarm.GenericResource
  NamedResourceSpec *swarm.NamedGenericResource ,
  DiscreteResourceSpec *swarm.DiscreteGenericResource ,
system.RuntimeWithStatus
  Path string path,
  Args []string runtimeArgs,
  Type string runtimeType,
  Options map[string]any options,
  Status map[string]string status,
swarm.Info
  NodeID string
  NodeAddr string
  LocalNodeState swarm.LocalNodeState
  ControlAvailable bool
  Error string
  RemoteManagers []swarm.Peer
  Nodes int ,
  Managers int ,
  Cluster any ,
  Warnings []string ,
container.Isolation = string
system.Commit
  ID string
  Expected string ,
system.NetworkAddressPool
  Base string
  Size int
system.FirewallInfo
  Driver string
  Info [][]string ,
system.DeviceInfo
  Source string
  ID string
system.ContainerdInfo
  Address string ,
  Namespaces system.ContainerdNamespaces
registry.NetIPNet = string
registry.IndexInfo
  Mirrors []string
  Name string
  Official bool
  Secure bool
swarm.NamedGenericResource
  Kind string ,
  Value string ,
swarm.DiscreteGenericResource
  Kind string ,
  Value int64 ,
swarm.LocalNodeState = string
swarm.Peer
  NodeID string
  Addr string
system.ContainerdNamespaces
  Containers string
  Plugins string
system.dockerInfo
${INFO_FIELDS}  ServerErrors []string ,
  UserName string -
  ClientInfo *system.clientInfo ,
  ClientErrors []string ,
types.Version
  Platform types.VersionPlatform ,
  Components []types.ComponentVersion ,
  Version string
  APIVersion string ApiVersion
  MinAPIVersion string ,
  GitCommit string
  GoVersion string
  Os string
  Arch string
  KernelVersion string ,
  Experimental bool ,
  BuildTime string ,
types.ComponentVersion
  Name string
  Version string
  Details map[string]string ,
events.Message
  Status string status,
  ID string id,
  From string from,
  Type events.Type
  Action events.Action
  Actor events.Actor
  Scope string scope,
  Time int64 time,
  TimeNano int64 timeNano,
events.Type = string
events.Action = string
events.Actor
  ID string
  Attributes map[string]string
types.VersionPlatform
  Name string
system.clientPlatform
  Name string ,
system.clientVersion
  Platform *system.clientPlatform ,
  Version string ,
  APIVersion string ApiVersion,
  DefaultAPIVersion string ,
  GitCommit string ,
  GoVersion string ,
  Runtime string ,
  Os string ,
  Arch string ,
  BuildTime string ,
  Context string
system.sparseInfo
  ClientInfo *system.clientInfo ,
  ClientErrors []string ,
system.versionInfo
  Client system.clientVersion
  Server *types.Version
system.clientInfo
  Debug bool
  Platform *system.clientPlatform ,
  Version string ,
  APIVersion string ApiVersion,
  DefaultAPIVersion string ,
  GitCommit string ,
  GoVersion string ,
  Runtime string ,
  Os string ,
  Arch string ,
  BuildTime string ,
  Context string
  Plugins []any
  Warnings []string
`;
