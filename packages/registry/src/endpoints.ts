import { BlockList, isIP } from 'node:net';
import { DEFAULT_REGISTRY } from '@wharf/spec';
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
  return new URL(`http://${registry}`).hostname.replace(/^\[|\]$/g, '');
}

/** Tells whether a registry may be used without verified TLS: loopback always, others when listed. */
function insecureMatcher(entries: readonly string[]): (registry: string) => boolean {
  const networks = new BlockList();
  networks.addSubnet('127.0.0.0', 8, 'ipv4');
  networks.addAddress('::1', 'ipv6');
  const names = new Set<string>();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits !== undefined && isIP(address) !== 0) networks.addSubnet(address, Number(bits), family);
    else names.add(entry.replace(/^https?:\/\//, ''));
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
 * itself. Others: https; and, where plain text is allowed, http when https does not answer.
 */
export function defaultEndpoints(settings: EndpointSettings): (registry: string) => readonly Endpoint[] {
  const isInsecure = insecureMatcher(settings.insecureRegistries ?? []);
  const urls = [...(settings.hub ? [settings.hub] : []), ...(settings.mirrors ?? [])];
  const mirrors = urls.map((text): Endpoint => {
    const { origin, host } = new URL(text);
    return { url: origin, mirror: true, ...(isInsecure(host) && { insecure: true }) };
  });
  return (registry) => {
    if (registry === DEFAULT_REGISTRY) return [...mirrors, { url: DOCKER_IO_URL }];
    if (!isInsecure(registry)) return [{ url: `https://${registry}` }];
    return [
      { url: `https://${registry}`, insecure: true },
      { url: `http://${registry}`, insecure: true },
    ];
  };
}
