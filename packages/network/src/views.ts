import type { EndpointSettings } from '@wharf/spec';
import type { AddressPool } from './address-pool.ts';
import type { NetworkConfig } from './config.ts';
import type { Endpoint } from './endpoint.ts';
import type { NetworkRecord } from './store.ts';
import { subnetText } from './subnet.ts';

/** A container's end as `network inspect` shows it. */
export interface NetworkContainerView {
  readonly Name: string;
  readonly EndpointID: string;
  readonly MacAddress: string;
  readonly IPv4Address: string;
  readonly IPv6Address: string;
}

/** A network as the API shows it (GET /networks, GET /networks/{id}). */
export interface NetworkView {
  readonly Name: string;
  readonly Id: string;
  readonly Created: string;
  readonly Scope: string;
  readonly Driver: string;
  readonly EnableIPv4: boolean;
  readonly EnableIPv6: boolean;
  readonly IPAM: {
    readonly Driver: string;
    readonly Options: Readonly<Record<string, string>> | null;
    readonly Config: readonly { readonly Subnet: string; readonly Gateway: string }[] | null;
  };
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly ConfigFrom: { readonly Network: string };
  readonly ConfigOnly: boolean;
  readonly Containers: Readonly<Record<string, NetworkContainerView>>;
  readonly Options: Readonly<Record<string, string>>;
  readonly Labels: Readonly<Record<string, string>>;
}

/** @param pool addresses of the network; undefined for host and none. */
export function viewNetwork(
  record: NetworkRecord,
  pool: AddressPool | undefined,
  config: NetworkConfig,
  ends: readonly { readonly id: string; readonly name: string; readonly endpoint: Endpoint }[],
): NetworkView {
  return {
    Name: record.name,
    Id: record.id,
    Created: new Date(record.created).toISOString(),
    Scope: 'local',
    Driver: record.driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: {
      Driver: 'default',
      Options: null,
      Config: pool === undefined ? null : [{ Subnet: subnetText(pool.subnet), Gateway: pool.gateway }],
    },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: Object.fromEntries(ends.map(({ id, name, endpoint }) => [id, viewEnd(name, endpoint)])),
    Options: pool === undefined ? {} : bridgeOptions(config),
    Labels: {},
  };
}

function viewEnd(name: string, { endpointId, mac, ip, prefix }: Endpoint): NetworkContainerView {
  return { Name: name, EndpointID: endpointId, MacAddress: mac, IPv4Address: `${ip}/${prefix}`, IPv6Address: '' };
}

/** The names are Docker's, because clients look for them. */
function bridgeOptions({ bridge, mtu = 1500 }: NetworkConfig): Record<string, string> {
  return {
    'com.docker.network.bridge.default_bridge': 'true',
    'com.docker.network.bridge.enable_icc': 'true',
    'com.docker.network.bridge.enable_ip_masquerade': 'true',
    'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
    'com.docker.network.bridge.name': bridge,
    'com.docker.network.driver.mtu': String(mtu),
  };
}

/**
 * A container's end as `container inspect` shows it (NetworkSettings.Networks). Without an endpoint, for a container
 * that does not run, all is empty; what the user asked for (aliases, a certain address) is the caller's to lay over it.
 */
export function viewEndpoint(networkId: string, endpoint: Endpoint | undefined): EndpointSettings {
  return {
    DriverOpts: null,
    GwPriority: 0,
    NetworkID: networkId,
    EndpointID: endpoint?.endpointId ?? '',
    Gateway: endpoint?.gateway ?? '',
    IPAddress: endpoint?.ip ?? '',
    IPPrefixLen: endpoint?.prefix ?? 0,
    MacAddress: endpoint?.mac ?? '',
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
  };
}
