/** Mounts, endpoints, devices and limits of containers. Written in the notation of Schema. */
export const ATTACHMENT_TYPES = `
blkiodev.WeightDevice
  Path string
  Weight uint16
blkiodev.ThrottleDevice
  Path string
  Rate uint64
container.DeviceMapping
  PathOnHost string
  PathInContainer string
  CgroupPermissions string
container.DeviceRequest
  Driver string
  Count int
  DeviceIDs []string
  Capabilities [][]string
  Options map[string]string
units.Ulimit
  Name string
  Hard int64
  Soft int64
mount.Mount
  Type mount.Type ,
  Source string ,
  Target string ,
  ReadOnly bool ,
  Consistency mount.Consistency ,
  BindOptions *mount.BindOptions ,
  VolumeOptions *mount.VolumeOptions ,
  ImageOptions *mount.ImageOptions ,
  TmpfsOptions *mount.TmpfsOptions ,
  ClusterOptions *mount.ClusterOptions ,
network.Address
  Addr string
  PrefixLen int
network.EndpointSettings
  IPAMConfig *network.EndpointIPAMConfig
  Links []string
  Aliases []string
  MacAddress string
  DriverOpts map[string]string
  GwPriority int
  NetworkID string
  EndpointID string
  Gateway string
  IPAddress string
  IPPrefixLen int
  IPv6Gateway string
  GlobalIPv6Address string
  GlobalIPv6PrefixLen int
  DNSNames []string
mount.Consistency = string
mount.BindOptions
  Propagation mount.Propagation ,
  NonRecursive bool ,
  CreateMountpoint bool ,
  ReadOnlyNonRecursive bool ,
  ReadOnlyForceRecursive bool ,
mount.VolumeOptions
  NoCopy bool ,
  Labels map[string]string ,
  Subpath string ,
  DriverConfig *mount.Driver ,
mount.ImageOptions
  Subpath string ,
mount.TmpfsOptions
  SizeBytes int64 ,
  Mode fs.FileMode ,
  Options [][]string ,
mount.ClusterOptions
network.EndpointIPAMConfig
  IPv4Address string ,
  IPv6Address string ,
  LinkLocalIPs []string ,
mount.Driver
  Name string ,
  Options map[string]string ,
fs.FileMode = uint32
`;
