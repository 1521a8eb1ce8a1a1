import type { EndpointSettings } from '@wharf/spec';
import { fail } from '../errors.ts';
import { splitCsv } from '../framework/kinds.ts';
import { isMacAddress } from './checks.ts';
import { refuse } from './refuse.ts';

/** One network a container shall be attached to. */
export interface Attachment {
  readonly target: string;
  readonly aliases: readonly string[];
  readonly links: readonly string[];
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly linkLocal: readonly string[];
  readonly mac: string;
  readonly gatewayPriority: number;
}

const PLAIN: Omit<Attachment, 'target'> = {
  aliases: [],
  links: [],
  driverOptions: {},
  ipv4: '',
  ipv6: '',
  linkLocal: [],
  mac: '',
  gatewayPriority: 0,
};

const bad = (message: string) => fail('FLAG_VALUE', message);

function withField(draft: Attachment, key: string, value: string): Attachment {
  switch (key) {
    case 'name':
      return { ...draft, target: value };
    case 'alias':
      return { ...draft, aliases: [...draft.aliases, value] };
    case 'ip':
      return { ...draft, ipv4: value };
    case 'ip6':
      return { ...draft, ipv6: value };
    case 'mac-address':
      return { ...draft, mac: value };
    case 'link-local-ip':
      return { ...draft, linkLocal: [...draft.linkLocal, value] };
    case 'driver-opt': {
      const at = value.indexOf('=');
      if (at < 0) throw bad('invalid key value pair format in driver options');
      const option = { [value.slice(0, at).trim().toLowerCase()]: value.slice(at + 1).trim() };
      return { ...draft, driverOptions: { ...draft.driverOptions, ...option } };
    }
    case 'gw-priority':
      if (!/^[+-]?\d+$/.test(value)) throw bad(`invalid gw-priority (${value}): invalid syntax`);
      return { ...draft, gatewayPriority: Number(value) };
    default:
      throw bad(`invalid field key ${key}`);
  }
}

/** `--network NAME` or `--network name=NAME,alias=…,ip=…`. Throws FLAG_VALUE. */
export function parseNetwork(text: string): Attachment {
  let draft: Attachment = { ...PLAIN, target: '' };
  if (!/\w+=\w+(,\w+=\w+)*/.test(text)) {
    if (text.includes('=') || !text.includes(',')) return { ...draft, target: text };
  }
  for (const field of splitCsv(text)) {
    const at = field.indexOf('=');
    if (at < 0) throw bad(`invalid field ${field}`);
    draft = withField(
      draft,
      field.slice(0, at).trim().toLowerCase(),
      field
        .slice(at + 1)
        .trim()
        .toLowerCase(),
    );
  }
  if (draft.target === '') throw bad('network name/id is not specified');
  return draft;
}

/** The older flags, which belong to the first network. */
export interface FirstNetworkFlags {
  readonly aliases: readonly string[];
  readonly links: readonly string[];
  readonly ip: string;
  readonly ip6: string;
  readonly mac: string;
  readonly linkLocal: readonly string[];
}

/** False for the engine's own networks and modes. */
export function isUserDefined(mode: string): boolean {
  return !['default', 'bridge', 'host', 'none'].includes(mode) && !mode.startsWith('container:');
}

function mergeFirst(network: Attachment, flags: FirstNetworkFlags): Attachment {
  const clash = (inside: boolean, outside: boolean, flag: string, what: string): void => {
    if (inside && outside) throw refuse(`conflicting options: cannot specify both ${flag} and per-network ${what}`);
  };
  clash(network.aliases.length > 0, flags.aliases.length > 0, '--network-alias', 'alias');
  clash(network.ipv4 !== '', flags.ip !== '', '--ip', 'IPv4 address');
  clash(network.ipv6 !== '', flags.ip6 !== '', '--ip6', 'IPv6 address');
  clash(network.mac !== '', flags.mac !== '', '--mac-address', 'MAC address');
  clash(network.linkLocal.length > 0, flags.linkLocal.length > 0, '--link-local-ip', 'link-local IP addresses');
  return {
    ...network,
    aliases: flags.aliases.length > 0 ? flags.aliases : network.aliases,
    links: isUserDefined(network.target) ? flags.links : [],
    ipv4: flags.ip || network.ipv4,
    ipv6: flags.ip6 || network.ipv6,
    mac: flags.mac || network.mac,
    linkLocal: flags.linkLocal.length > 0 ? flags.linkLocal : network.linkLocal,
  };
}

/** All members of an endpoint that Docker's client sends, empty. */
const EMPTY_ENDPOINT = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  MacAddress: '',
  DriverOpts: null,
  GwPriority: 0,
  NetworkID: '',
  EndpointID: '',
  Gateway: '',
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  DNSNames: null,
};

function toEndpoint(network: Attachment): Partial<EndpointSettings> {
  if (network.target.trim() === '') throw refuse('no name set for network');
  if (network.aliases.length > 0 && !isUserDefined(network.target)) {
    throw refuse('network-scoped aliases are only supported for user-defined networks');
  }
  if (network.mac !== '' && !isMacAddress(network.mac)) throw refuse(`${network.mac} is not a valid mac address`);
  const ipam = {
    ...(network.ipv4 === '' ? {} : { IPv4Address: network.ipv4 }),
    ...(network.ipv6 === '' ? {} : { IPv6Address: network.ipv6 }),
    ...(network.linkLocal.length === 0 ? {} : { LinkLocalIPs: [...network.linkLocal] }),
  };
  return {
    ...(Object.keys(ipam).length > 0 ? { IPAMConfig: ipam } : {}),
    ...(network.aliases.length > 0 ? { Aliases: [...network.aliases] } : {}),
    ...(network.links.length > 0 ? { Links: [...network.links] } : {}),
    ...(network.mac === '' ? {} : { MacAddress: network.mac }),
    ...(Object.keys(network.driverOptions).length > 0 ? { DriverOpts: { ...network.driverOptions } } : {}),
    ...(network.gatewayPriority === 0 ? {} : { GwPriority: network.gatewayPriority }),
  };
}

/** The network mode of the host configuration and the endpoints, from all network flags together. */
export function collectNetworks(
  networks: readonly Attachment[],
  flags: FirstNetworkFlags,
): { mode: string; endpoints: Record<string, EndpointSettings> } {
  const given = networks.length > 0 ? networks : [{ ...PLAIN, target: 'default' }];
  const endpoints: Record<string, EndpointSettings> = {};
  for (const [at, network] of given.entries()) {
    const endpoint = toEndpoint(at === 0 ? mergeFirst(network, flags) : network);
    if (endpoints[network.target]) {
      throw refuse(`network ${JSON.stringify(network.target)} is specified multiple times`);
    }
    // One named network without settings of its own says all in the mode.
    if (networks.length === 1 && Object.keys(endpoint).length === 0) continue;
    endpoints[network.target] = { ...EMPTY_ENDPOINT, ...endpoint } as EndpointSettings;
  }
  const named = networks.map((network) => isUserDefined(network.target));
  if (named.includes(true) && named.includes(false)) {
    throw refuse('conflicting options: cannot attach both user-defined and non-user-defined network-modes');
  }
  return { mode: given[0]?.target ?? 'default', endpoints };
}
