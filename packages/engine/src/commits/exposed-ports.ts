import { fail } from '../errors.ts';

const PROTOCOLS = ['tcp', 'udp', 'sctp'];
const MAX_PORT = 65_535;

/** Ports as EXPOSE takes them: `80`, `80/udp`, `8000-8010`; with a published port before a colon, which is passed over. */
export function exposedPorts(specs: readonly string[]): Record<string, Record<string, never>> {
  const ports: Record<string, Record<string, never>> = {};
  for (const spec of specs) {
    const [range = '', protocol = 'tcp'] = spec.slice(spec.lastIndexOf(':') + 1).split('/');
    if (!PROTOCOLS.includes(protocol.toLowerCase())) throw fail('BAD_CHANGE', `Invalid proto: ${protocol}`);
    const [first, last] = bounds(range);
    for (let port = first; port <= last; port += 1) ports[`${port}/${protocol.toLowerCase()}`] = {};
  }
  return ports;
}

function bounds(range: string): [number, number] {
  const parts = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range);
  const first = Number(parts?.[1] ?? -1);
  const last = Number(parts?.[2] ?? first);
  if (!parts || last > MAX_PORT || first > last) throw fail('BAD_CHANGE', `Invalid containerPort: ${range}`);
  return [first, last];
}
