/** What clients of older API versions expect in answers of the Container tag. */
import type { ContainerInspect, ContainerSummary, EndpointSettings } from '@wharf/spec';
import { isBefore } from '../http/versions.ts';

/** One row of GET /containers/json for one API version. */
export function legacyContainerSummary(container: ContainerSummary, version: string): object {
  const { ImageManifestDescriptor, Health, HostConfig, ...old } = container;
  const { Annotations: _, ...hostConfig } = HostConfig ?? {};
  return {
    ...old,
    HostConfig: isBefore(version, '1.46') ? hostConfig : HostConfig,
    ...(!isBefore(version, '1.48') && { ImageManifestDescriptor }),
    ...(!isBefore(version, '1.52') && { Health }),
  };
}

/**
 * Until API 1.51 the default bridge's endpoint was also shown at the top of NetworkSettings. Scripts everywhere read it
 * there, so it is shown to newer clients too.
 */
function topLevelEndpoint(bridge: EndpointSettings | undefined): object {
  return {
    Bridge: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge?.EndpointID ?? '',
    Gateway: bridge?.Gateway ?? '',
    GlobalIPv6Address: bridge?.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: bridge?.GlobalIPv6PrefixLen ?? 0,
    IPAddress: bridge?.IPAddress ?? '',
    IPPrefixLen: bridge?.IPPrefixLen ?? 0,
    IPv6Gateway: bridge?.IPv6Gateway ?? '',
    MacAddress: bridge?.MacAddress ?? '',
  };
}

/** Until API 1.44 the short ID and the host name were among the aliases on networks that the user made. */
function withOldAliases(container: ContainerInspect): Record<string, EndpointSettings> {
  const own = [container.Id.slice(0, 12), container.Config.Hostname ?? ''];
  const entries = Object.entries(container.NetworkSettings.Networks ?? {}).map(([name, endpoint]) => {
    if (['bridge', 'host', 'none', 'default'].includes(name)) return [name, endpoint] as const;
    const aliases = [...new Set([...(endpoint.Aliases ?? []), ...own])];
    return [name, { ...endpoint, Aliases: aliases }] as const;
  });
  return Object.fromEntries(entries);
}

/** The answer of GET /containers/{id}/json for one API version. */
export function legacyContainerInspect(container: ContainerInspect, version: string): object {
  const networks = container.NetworkSettings.Networks ?? {};
  const top = topLevelEndpoint(networks['bridge']);
  if (!isBefore(version, '1.52')) return { ...container, NetworkSettings: { ...top, ...container.NetworkSettings } };
  const { ImageManifestDescriptor, Storage: _, ...old } = container;
  return {
    ...old,
    GraphDriver: container.GraphDriver ?? { Data: null, Name: container.Driver },
    NetworkSettings: {
      ...top,
      ...container.NetworkSettings,
      Networks: isBefore(version, '1.45') ? withOldAliases(container) : networks,
    },
    ...(!isBefore(version, '1.48') && { ImageManifestDescriptor }),
  };
}
