export type { NetworkConfig } from './config.ts';
export { type AttachPlan, attachProgram, type Endpoint } from './endpoint.ts';
export { networkErrors } from './errors.ts';
export { type HostsRequest, hostsFile, hostsFileOfHost } from './hosts.ts';
export {
  type NetworkFileRequest,
  NetworkService,
  type NetworkServiceOptions,
} from './network-service.ts';
export { parseResolvConf, type ResolvConf, type ResolvRequest, resolvConfFile } from './resolv-conf.ts';
export { networkSchema } from './store.ts';
export { type NetworkContainerView, type NetworkView, viewEndpoint } from './views.ts';
