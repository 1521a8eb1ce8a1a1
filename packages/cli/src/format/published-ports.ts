/** Where a container's ports are published: `80/tcp` → addresses of the host; null for exposed only. */
export type PublishedPorts = Readonly<
  Record<string, readonly { readonly HostIp?: string; readonly HostPort?: string }[] | null>
>;

/** `0.0.0.0:8080`, `[::]:8080` */
export function hostAddress({
  HostIp = '',
  HostPort = '',
}: {
  readonly HostIp?: string;
  readonly HostPort?: string;
}): string {
  return HostIp.includes(':') ? `[${HostIp}]:${HostPort}` : `${HostIp}:${HostPort}`;
}

/** A line for every published port, in the order of the containers' ports: `80/tcp -> 0.0.0.0:8080`. */
export function portLines(ports: PublishedPorts): string {
  const number = (port: string) => Number.parseInt(port, 10);
  return Object.entries(ports)
    .toSorted(([one], [other]) => number(one) - number(other) || (one < other ? -1 : 1))
    .flatMap(([port, bindings]) => (bindings ?? []).map((binding) => `${port} -> ${hostAddress(binding)}\n`))
    .join('');
}
