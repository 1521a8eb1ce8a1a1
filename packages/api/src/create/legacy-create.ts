/** Defaults and rules of the create body that depend on the client's API version. */
import type { ContainerConfig, EndpointSettings, HostConfig, Mount, NetworkingConfig } from '@wharf/spec';
import { fail } from '../errors.ts';
import { isBefore } from '../http/versions.ts';

/** A create body while it is brought to the newest form. Owned by the caller, changed in place. */
export interface CreateParts {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly networkingConfig: NetworkingConfig & { EndpointsConfig: Record<string, EndpointSettings> };
  readonly warnings: string[];
}

/** `default` means the bridge; saying so early spares everyone else the distinction. */
export function nameDefaultNetwork({ hostConfig, networkingConfig }: CreateParts): void {
  if (hostConfig.NetworkMode !== undefined && !['', 'default'].includes(hostConfig.NetworkMode)) return;
  hostConfig.NetworkMode = 'bridge';
  const endpoint = networkingConfig.EndpointsConfig['default'];
  if (endpoint === undefined) return;
  delete networkingConfig.EndpointsConfig['default'];
  networkingConfig.EndpointsConfig['bridge'] = endpoint;
}

/** Defaults that changed, and fields that a version does not know yet. */
export function applyOldDefaults(
  { config, hostConfig, networkingConfig }: CreateParts,
  version: string,
  cgroup: 1 | 2,
): void {
  if (isBefore(version, '1.25')) delete hostConfig.AutoRemove;
  if (isBefore(version, '1.40')) hostConfig.IpcMode ||= 'shareable';
  if (isBefore(version, '1.41') && cgroup === 1) hostConfig.CgroupnsMode ??= 'host';
  if (isBefore(version, '1.42')) delete hostConfig.ConsoleSize;
  if (isBefore(version, '1.43')) delete hostConfig.Annotations;
  if (isBefore(version, '1.44')) delete config.Healthcheck?.StartInterval;
  if (isBefore(version, '1.48')) {
    for (const endpoint of Object.values(networkingConfig.EndpointsConfig)) delete endpoint.GwPriority;
  }
  // 0 and every negative number mean "no limit".
  if (typeof hostConfig.PidsLimit === 'number' && hostConfig.PidsLimit <= 0) delete hostConfig.PidsLimit;
}

function checkOptionsOfType(mount: Mount): void {
  const type = mount.Type ?? '';
  const wrong = (name: string) => fail('INVALID_CREATE', `${name} must not be specified on mount type "${type}"`);
  if (mount.VolumeOptions && type !== 'volume') throw wrong('VolumeOptions');
  if (mount.BindOptions && type !== 'bind') throw wrong('BindOptions');
  if (mount.TmpfsOptions && type !== 'tmpfs') throw wrong('TmpfsOptions');
}

function dropNewerOptions(mount: Mount, version: string): void {
  if (isBefore(version, '1.40')) delete mount.BindOptions?.NonRecursive;
  delete mount.BindOptions?.CreateMountpoint;
  if (mount.Type !== 'volume') delete mount.VolumeOptions;
  if (mount.Type !== 'tmpfs') delete mount.TmpfsOptions;
}

/** Mount options: each belongs to one type, and some need a newer API. Throws INVALID_CREATE. */
export function checkMounts({ hostConfig }: CreateParts, version: string): void {
  for (const mount of hostConfig.Mounts ?? []) {
    if (isBefore(version, '1.42')) dropNewerOptions(mount, version);
    else checkOptionsOfType(mount);
    if (isBefore(version, '1.44') && mount.Type === 'bind') {
      if (mount.BindOptions?.ReadOnlyForceRecursive === true) {
        throw fail('INVALID_CREATE', 'BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer');
      }
      // Read-only mounts were not recursive before.
      mount.BindOptions = { ...mount.BindOptions, ReadOnlyNonRecursive: true };
    }
    if (isBefore(version, '1.45') && (mount.VolumeOptions?.Subpath ?? '') !== '') {
      throw fail('INVALID_CREATE', 'VolumeOptions.Subpath needs API v1.45 or newer');
    }
    if (isBefore(version, '1.48') && mount.Type === 'image') {
      throw fail('INVALID_CREATE', 'Mount type "Image" needs API v1.48 or newer');
    }
  }
}

/** Until API 1.44 a container was made with one network at most. Throws INVALID_CREATE. */
export function checkEndpoints({ networkingConfig }: CreateParts, version: string): void {
  const names = Object.keys(networkingConfig.EndpointsConfig);
  if (isBefore(version, '1.44') && names.length > 1) {
    throw fail('INVALID_CREATE', `Container cannot be created with multiple network endpoints: ${names.join(', ')}`);
  }
}

function mainEndpoint({ hostConfig, networkingConfig }: CreateParts, version: string): EndpointSettings {
  const endpoints = networkingConfig.EndpointsConfig;
  const name = hostConfig.NetworkMode ?? 'bridge';
  const names = Object.keys(endpoints);
  const chosen = names.length > 0 && isBefore(version, '1.44') ? (names[0] ?? name) : name;
  if (names.length > 0 && !Object.hasOwn(endpoints, chosen)) {
    throw fail(
      'INVALID_CREATE',
      'HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks',
    );
  }
  const endpoint = endpoints[chosen] ?? {};
  endpoints[chosen] = endpoint;
  return endpoint;
}

/** The hardware address moved from the container to its endpoint in API 1.44. Throws INVALID_CREATE. */
export function moveMacAddress(parts: CreateParts, address: string, version: string): void {
  const old = isBefore(version, '1.44');
  const endpoints = parts.networkingConfig.EndpointsConfig;
  if (address === '') {
    if (old) for (const endpoint of Object.values(endpoints)) delete endpoint.MacAddress;
    return;
  }
  const mode = parts.hostConfig.NetworkMode ?? 'bridge';
  const hasOwnNetwork = !['host', 'none'].includes(mode) && !mode.startsWith('container:');
  if (old && !hasOwnNetwork) throw fail('INVALID_CREATE', 'conflicting options: mac-address and the network mode');
  if (hasOwnNetwork) {
    const endpoint = mainEndpoint(parts, version);
    if (!old && (endpoint.MacAddress ?? '') !== '' && endpoint.MacAddress !== address) {
      throw fail(
        'INVALID_CREATE',
        'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty',
      );
    }
    endpoint.MacAddress = address;
  }
  if (!old) {
    parts.warnings.push(
      'The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.',
    );
  }
}

/** An exposed port without a binding meant "any host port" until API 1.52, and means nothing since. */
export function fillPortBindings({ hostConfig, warnings }: CreateParts, version: string): void {
  const bindings = hostConfig.PortBindings ?? {};
  const empty = Object.keys(bindings).filter((port) => (bindings[port] ?? []).length === 0);
  for (const port of empty) {
    if (isBefore('1.52', version)) delete bindings[port];
    else bindings[port] = [{}];
  }
  if (empty.length > 0 && version === '1.52') {
    warnings.push(
      `Following container port(s) have an empty list of port-bindings: ${empty.join(', ')}. Starting with API 1.53, such bindings will be discarded.`,
    );
  }
}
