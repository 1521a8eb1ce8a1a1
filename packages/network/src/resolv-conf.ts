import { isIP } from 'node:net';
import { fail } from './errors.ts';

/** What a resolv.conf says (resolv.conf(5)). */
export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** What a container's resolv.conf is made from. Lists that are not empty replace the host's. */
export interface ResolvRequest {
  /** The host's file. */
  readonly host: ResolvConf;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** In a network namespace of its own: there the host's loopback addresses lead nowhere. */
  readonly ownNamespace: boolean;
}

/** Asked when the host names none that a container could reach. */
const FALLBACK = ['8.8.8.8', '8.8.4.4'];
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/i;

/** Reads a resolv.conf: the last `search` or `domain` counts, options add up, comments are left out. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  const options: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [key, ...values] = line
      .replace(/(^|\s)[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (key === 'nameserver' && values[0] !== undefined) nameservers.push(values[0]);
    if (key === 'search' || key === 'domain') search = values;
    if (key === 'options') options.push(...values);
  }
  return { nameservers, search, options };
}

/** True if the file only points to a resolver of the host's own, so that the real servers are elsewhere. */
export function onlyLoopback({ nameservers }: ResolvConf): boolean {
  return nameservers.length > 0 && nameservers.every((server) => LOOPBACK.test(server));
}

/**
 * The text of a container's /etc/resolv.conf. In a namespace of its own loopback servers are left out, and IPv6 ones
 * too, as its network has no IPv6; if none is left, public ones stand in. A search list of "." means none.
 * Throws INVALID_NETWORK_SETTING.
 */
export function resolvConfFile(request: ResolvRequest): string {
  const { host, dns, dnsSearch, dnsOptions } = request;
  for (const server of dns) {
    if (isIP(server) === 0) throw fail('INVALID_NETWORK_SETTING', `bad nameserver address: ${JSON.stringify(server)}`);
  }
  for (const word of [...dnsSearch, ...dnsOptions]) {
    if (!/^[^\s\0]+$/.test(word)) throw fail('INVALID_NETWORK_SETTING', `invalid DNS setting ${JSON.stringify(word)}`);
  }
  const reachable = host.nameservers.filter(
    (server) => !request.ownNamespace || (isIP(server) === 4 && !LOOPBACK.test(server)),
  );
  const inherited = reachable.length > 0 || !request.ownNamespace ? reachable : FALLBACK;
  const servers = dns.length > 0 ? dns : inherited;
  const search = (dnsSearch.length > 0 ? dnsSearch : host.search).filter((domain) => domain !== '.');
  const options = dnsOptions.length > 0 ? dnsOptions : host.options;
  return [
    ...servers.map((server) => `nameserver ${server}\n`),
    ...(search.length > 0 ? [`search ${search.join(' ')}\n`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}\n`] : []),
  ].join('');
}
