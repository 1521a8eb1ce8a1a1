import type { ContainerConfig, EndpointSettings, HostConfig, NetworkingConfig } from '@wharf/spec';
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
  /** To be returned to the client with the engine's own. */
  readonly warnings: readonly string[];
}

function macAddress(body: unknown): string {
  const found = Object.entries(body ?? {}).find(([name]) => name.toLowerCase() === 'macaddress')?.[1];
  if (found === undefined || found === null) return '';
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
  return parts;
}
