/** What the templates of `inspect` see of networks and volumes. Written in the notation of Schema. */
export const NETWORK_TYPES = `
time.Time = string
network.Inspect
  Name string
  ID string Id
  Created time.Time
  Scope string
  Driver string
  EnableIPv4 bool
  EnableIPv6 bool
  IPAM network.IPAM
  Internal bool
  Attachable bool
  Ingress bool
  ConfigFrom network.ConfigReference
  ConfigOnly bool
  Containers map[string]network.EndpointResource
  Options map[string]string
  Labels map[string]string
  Peers []network.PeerInfo ,
  Services map[string]network.ServiceInfo ,
network.IPAM
  Driver string
  Options map[string]string
  Config []network.IPAMConfig
network.ConfigReference
  Network string
network.EndpointResource
  Name string
  EndpointID string
  MacAddress string
  IPv4Address string
  IPv6Address string
network.PeerInfo
  Name string
  IP string
network.ServiceInfo
  VIP string
  Ports []string
  LocalLBIndex int
  Tasks []network.Task
network.IPAMConfig
  Subnet string ,
  IPRange string ,
  Gateway string ,
  AuxAddress map[string]string AuxiliaryAddresses,
network.Task
  Name string
  EndpointID string
  EndpointIP string
  Info map[string]string
volume.Volume
  ClusterVolume any ,
  CreatedAt string ,
  Driver string
  Labels map[string]string
  Mountpoint string
  Name string
  Options map[string]string
  Scope string
  Status map[string]any ,
  UsageData *volume.UsageData ,
volume.UsageData
  RefCount int64
  Size int64
`;
