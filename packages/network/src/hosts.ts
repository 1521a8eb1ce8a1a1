import { isCode } from '@wharf/kit';
import { ipBytes } from '@wharf/linux';
import { fail } from './errors.ts';

/** What /etc/hosts of a container says beside the standard lines. */
export interface HostsRequest {
  readonly hostname: string;
  readonly domainname: string;
  /** The container's own address; undefined without a network. */
  readonly ip: string | undefined;
  /** "name:address", as the API's ExtraHosts; the address may be `host-gateway`. */
  readonly extraHosts: readonly string[];
  /** What `host-gateway` stands for. */
  readonly hostGateway: string;
}

const STANDARD = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::\tip6-localnet',
  'ff00::\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

/** The text of /etc/hosts. Throws INVALID_NETWORK_SETTING. */
export function hostsFile(request: HostsRequest): string {
  const { ip, hostname, domainname } = request;
  const full = domainname === '' ? hostname : `${hostname}.${domainname}`;
  // A name with dots is also known by its first part.
  const dot = full.indexOf('.');
  const names = dot > 0 ? `${full} ${full.slice(0, dot)}` : full;
  const own = ip === undefined || hostname === '' ? [] : [`${ip}\t${names}`];
  return [...STANDARD, ...extraLines(request), ...own, ''].join('\n');
}

/** The host's own file with the extra lines, for containers on the host's network. Throws INVALID_NETWORK_SETTING. */
export function hostsFileOfHost(hostText: string, request: Pick<HostsRequest, 'extraHosts' | 'hostGateway'>): string {
  const text = hostText === '' || hostText.endsWith('\n') ? hostText : `${hostText}\n`;
  return [text, ...extraLines(request).map((line) => `${line}\n`)].join('');
}

function extraLines({ extraHosts, hostGateway }: Pick<HostsRequest, 'extraHosts' | 'hostGateway'>): string[] {
  return extraHosts.map((entry) => {
    const at = entry.indexOf(':');
    const name = entry.slice(0, at);
    const value = entry.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
    if (at <= 0 || value === '' || /[\s#\0]/.test(name)) {
      throw fail('INVALID_NETWORK_SETTING', `bad format for add-host: ${JSON.stringify(entry)}`);
    }
    const address = value === 'host-gateway' ? hostGateway : value;
    return `${checked(address, entry)}\t${name}`;
  });
}

function checked(address: string, entry: string): string {
  try {
    ipBytes(address);
    return address;
  } catch (cause) {
    if (!isCode(cause, 'INVALID_ADDRESS')) throw cause;
    throw fail(
      'INVALID_NETWORK_SETTING',
      `invalid IP address in add-host: ${JSON.stringify(entry.slice(entry.indexOf(':') + 1))}`,
      { cause },
    );
  }
}
