import { BlockList, isIP } from 'node:net';
import { DEFAULT_REGISTRY } from '@wharf/spec';
import { fail } from './errors.ts';
import type { Endpoint } from './types.ts';

/** Where the images of docker.io are really served. */
const DOCKER_IO_URL = 'https://registry-1.docker.io';

/** What `defaultEndpoints` goes by; the lists are those of Docker's daemon.json. */
export interface EndpointSettings {
  /** URL of the embedded Hub, asked first for docker.io. */
  readonly hub?: string;
  /** `registry-mirrors`: URLs asked for docker.io before docker.io itself. */
  readonly mirrors?: readonly string[];
  /** `insecure-registries`: `host[:port]` or CIDR networks. */
  readonly insecureRegistries?: readonly string[];
}

function hostOf(registry: string): string {
  return registry
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
}

/** Tells whether a registry may be used without verified TLS: loopback always, others when listed. */
function insecureMatcher(entries: readonly string[]): (registry: string) => boolean {
  const networks = new BlockList();
  networks.addSubnet('127.0.0.0', 8, 'ipv4');
  networks.addAddress('::1', 'ipv6');
  const names = new Set<string>();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    if (bits === undefined || isIP(address) === 0) {
      names.add(entry.replace(/^https?:\/\//, ''));
      continue;
    }
    const version = isIP(address);
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > (version === 6 ? 128 : 32)) {
      throw fail('INVALID_REGISTRY_SETTING', `insecure registry ${entry} is not valid: invalid CIDR`);
    }
    networks.addSubnet(address, Number(bits), version === 6 ? 'ipv6' : 'ipv4');
  }
  return (registry) => {
    const host = hostOf(registry);
    if (names.has(registry) || names.has(host) || host === 'localhost') return true;
    const family = isIP(host);
    return family !== 0 && networks.check(host, family === 6 ? 'ipv6' : 'ipv4');
  };
}

/**
 * The endpoints of a registry, in the order in which they are asked. docker.io: the embedded Hub, the mirrors, docker.io
 * itself. Others: https; and, where plain text is allowed, http when https does not answer. Throws
 * INVALID_REGISTRY_SETTING; the function that it returns throws REGISTRY_UNREACHABLE for an impossible port.
 */
export function defaultEndpoints(settings: EndpointSettings): (registry: string) => readonly Endpoint[] {
  const isInsecure = insecureMatcher(settings.insecureRegistries ?? []);
  const urls = [...(settings.hub ? [settings.hub] : []), ...(settings.mirrors ?? [])];
  const mirrors = urls.map((text): Endpoint => {
    const url = URL.parse(text);
    if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.pathname !== '/') {
      throw fail('INVALID_REGISTRY_SETTING', `invalid mirror: "${text}" is not a valid URI of a host`);
    }
    const { origin, host } = url;
    return { url: origin, mirror: true, ...(isInsecure(host) && { insecure: true }) };
  });
  return (registry) => {
    if (registry === DEFAULT_REGISTRY) return [...mirrors, { url: DOCKER_IO_URL }];
    const port = /:(\d+)$/.exec(registry)?.[1];
    if (port !== undefined && Number(port) > 65_535) {
      throw fail('REGISTRY_UNREACHABLE', `Get "https://${registry}/v2/": dial tcp: address ${port}: invalid port`);
    }
    if (!isInsecure(registry)) return [{ url: `https://${registry}` }];
    return [
      { url: `https://${registry}`, insecure: true },
      { url: `http://${registry}`, insecure: true },
    ];
  };
}
