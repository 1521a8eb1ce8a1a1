import type { Mount } from '@wharf/spec';
import type { Flag } from '../framework/flag.ts';
import { flag } from '../framework/kinds.ts';
import { checkAddress, checkDomain, checkHost, checkLink } from './checks.ts';
import { parseMount } from './mounts.ts';
import { type Attachment, parseNetwork } from './networks.ts';

/** The flag, and its older name, which is still taken but not shown. Both feed one value (see `withAliases`). */
function network(name: string, hidden: boolean): Flag<readonly Attachment[]> {
  const usage = 'Connect the container to a network';
  return flag.custom<readonly Attachment[]>(
    name,
    usage,
    'network',
    [],
    (text, current) => [...current, parseNetwork(text)],
    { hidden },
  );
}

/** Flags about the container's networks, files and ports. */
export const outsideFlags = {
  addHost: flag.list('add-host', 'Add a line to its /etc/hosts (host:ip)', { check: checkHost }),
  dns: flag.list('dns', 'DNS servers', { check: checkAddress }),
  dnsOpt: flag.list('dns-opt', 'DNS options', { hidden: true }),
  dnsOption: flag.list('dns-option', 'DNS options'),
  dnsSearch: flag.list('dns-search', 'DNS search domains', { check: checkDomain }),
  expose: flag.list('expose', 'Expose a port or a range of ports'),
  ip: flag.string('ip', 'IPv4 address (e.g., 172.30.100.104)'),
  ip6: flag.string('ip6', 'IPv6 address (e.g., 2001:db8::33)'),
  link: flag.list('link', 'Add a link to another container', { check: checkLink }),
  linkLocalIp: flag.list('link-local-ip', 'Link-local addresses, IPv4 or IPv6'),
  macAddress: flag.string('mac-address', 'MAC address (e.g., 92:d0:c6:0a:29:33)'),
  mount: flag.custom<readonly Mount[]>('mount', 'Attach a filesystem', 'mount', [], (text, current) => [
    ...current,
    parseMount(text),
  ]),
  net: network('net', true),
  netAlias: flag.list('net-alias', 'Further names on its network', { hidden: true }),
  network: network('network', false),
  networkAlias: flag.list('network-alias', 'Further names on its network'),
  publish: flag.list('publish', 'Publish ports of the container on the host', { short: 'p' }),
  publishAll: flag.bool('publish-all', 'Publish all exposed ports on random ports', { short: 'P' }),
  readOnly: flag.bool('read-only', 'Mount its root filesystem read-only'),
  tmpfs: flag.list('tmpfs', 'Mount a tmpfs directory'),
  volume: flag.list('volume', 'Mount a volume or a directory of the host', { short: 'v' }),
  volumeDriver: flag.string('volume-driver', 'Volume driver of its volumes'),
  volumesFrom: flag.list('volumes-from', 'Mount the volumes of other containers'),
};
