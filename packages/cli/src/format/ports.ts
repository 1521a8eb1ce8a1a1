/** One port of a container, as lists of containers have it. */
export interface PortLine {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

/** Consecutive ports that are published alike. */
interface Group {
  readonly key: string;
  first: number;
  last: number;
}

/** The ports of a container in one line: `0.0.0.0:8080->80/tcp, 443/tcp`, runs of ports joined. */
export function displayPorts(ports: readonly PortLine[]): string {
  const groups = new Map<string, Group>();
  const closed: string[] = [];
  const mappings: string[] = [];
  for (const port of [...ports].sort(compare)) {
    const address = port.IP ?? '';
    if (address !== '' && (port.PublicPort ?? 0) !== port.PrivatePort) {
      mappings.push(`${join(address, String(port.PublicPort ?? 0))}->${port.PrivatePort}/${port.Type}`);
      continue;
    }
    const key = address === '' ? port.Type : `${address}/${port.Type}`;
    const group = groups.get(key);
    if (group !== undefined && port.PrivatePort === group.last + 1) {
      group.last = port.PrivatePort;
      continue;
    }
    if (group !== undefined) closed.push(groupText(group));
    groups.set(key, { key, first: port.PrivatePort, last: port.PrivatePort });
  }
  return [...closed, ...[...groups.values()].map(groupText), ...mappings].join(', ');
}

function groupText({ key, first, last }: Group): string {
  const range = first === last ? String(first) : `${first}-${last}`;
  const [address = '', type] = key.split('/');
  if (type === undefined) return `${range}/${address}`;
  return `${join(address, range)}->${range}/${type}`;
}

/** Address and port; an address with colons in brackets. */
function join(address: string, port: string): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function compare(a: PortLine, b: PortLine): number {
  if (a.PrivatePort !== b.PrivatePort) return a.PrivatePort - b.PrivatePort;
  const [left, right] = [a.IP ?? '', b.IP ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  const [from, to] = [a.PublicPort ?? 0, b.PublicPort ?? 0];
  if (from !== to) return from - to;
  return a.Type < b.Type ? -1 : a.Type > b.Type ? 1 : 0;
}
