import type { ContainerConfig, EndpointSettings, HostConfig, NetworkingConfig, WharfConfig } from '@wharf/spec';
import { fail } from '../errors.ts';
import { decodeObject } from './decode.ts';
import {
  applyOldDefaults,
  type CreateParts,
  checkEndpoints,
  checkMounts,
  fillPortBindings,
  moveMacAddress,
  nameDefaultNetwork,
} from './legacy-create.ts';

/** A create body in the newest API's form. */
export interface ValidCreate {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly networkingConfig: NetworkingConfig;
  /** What Docker does not have; absent when the body says nothing of it. */
  readonly wharf?: WharfConfig;
  /** To be returned to the client with the engine's own. */
  readonly warnings: readonly string[];
}

/** A member of the body that is not in the table of Docker's; null is as good as absent. */
function member(body: unknown, lowerCase: string): unknown {
  return Object.entries(body ?? {}).find(([name]) => name.toLowerCase() === lowerCase)?.[1] ?? undefined;
}

function macAddress(body: unknown): string {
  const found = member(body, 'macaddress');
  if (found === undefined) return '';
  if (typeof found === 'string') return found;
  throw fail('INVALID_JSON', 'invalid JSON: MacAddress is not a string');
}

/**
 * Checks the body of POST /containers/create: every known field has its type, unknown fields are ignored and nulls
 * left out, and what the client's API version means is brought to the newest form. Pure; `cgroupVersion` is the
 * host's. What fields mean is the engine's to judge. Throws INVALID_JSON, INVALID_CREATE.
 */
export function validateCreate(body: unknown, apiVersion: string, cgroupVersion: 1 | 2): ValidCreate {
  const { HostConfig, NetworkingConfig, ...config } = decodeObject('CreateRequest', body);
  const mac = macAddress(body);
  const own = member(body, 'wharf');
  const wharf = own === undefined ? {} : (decodeObject('WharfConfig', own, 'Wharf') as WharfConfig);
  if (Object.keys(config).length === 0 && mac === '') {
    throw fail('INVALID_CREATE', 'config cannot be empty in order to create a container');
  }
  // The decoder has just made sure of every member's type; TypeScript cannot see that through a table.
  const networking = (NetworkingConfig ?? {}) as { EndpointsConfig?: Record<string, EndpointSettings> };
  const parts: CreateParts = {
    config: config as ContainerConfig,
    hostConfig: (HostConfig ?? {}) as HostConfig,
    networkingConfig: { ...networking, EndpointsConfig: networking.EndpointsConfig ?? {} },
    warnings: [],
  };
  nameDefaultNetwork(parts);
  applyOldDefaults(parts, apiVersion, cgroupVersion);
  checkMounts(parts, apiVersion);
  checkEndpoints(parts, apiVersion);
  moveMacAddress(parts, mac, apiVersion);
  fillPortBindings(parts, apiVersion);
  return Object.keys(wharf).length > 0 ? { ...parts, wharf } : parts;
}
