import { existsSync } from 'node:fs';
import type { HostConfig } from '@wharf/spec';

/** In a network of its own nobody needs a privilege for a low port or for ping, as with Docker. */
const NETWORK_DEFAULTS: Readonly<Record<string, string>> = {
  'net.ipv4.ip_unprivileged_port_start': '0',
  'net.ipv4.ping_group_range': '0 2147483647',
};

/** Kernel settings of a container: its own, and defaults where the network namespace is its own. */
export function buildSysctls(
  hostConfig: HostConfig,
  exists: (path: string) => boolean = existsSync,
): Record<string, string> {
  const mode = hostConfig.NetworkMode ?? '';
  const shared = mode === 'host' || mode.startsWith('container:');
  const defaults = Object.entries(NETWORK_DEFAULTS).filter(
    ([name]) => !shared && exists(`/proc/sys/${name.replaceAll('.', '/')}`),
  );
  return { ...Object.fromEntries(defaults), ...hostConfig.Sysctls };
}
