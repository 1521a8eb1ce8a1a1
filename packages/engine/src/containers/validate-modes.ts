import type { CgroupLayout } from '@wharf/linux';
import type { ContainerConfig, HostConfig, NetworkingConfig } from '@wharf/spec';
import { refuse, unsupported } from './refuse.ts';

/** Names of kernel settings that belong to an IPC namespace. */
const IPC_SYSCTLS = new Set(
  'kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax kernel.shmmni kernel.shm_rmid_forced'.split(
    ' ',
  ),
);

/** A setting that no namespace of the container's own holds would change the host: refused. */
export function checkSysctls(hostConfig: HostConfig): void {
  for (const name of Object.keys(hostConfig.Sysctls ?? {})) {
    const key = name.replaceAll('/', '.');
    const parts = key.split('.');
    if (parts.length < 2 || parts.includes('') || key.includes('\0')) refuse(`invalid sysctl: "${name}"`);
    const refuseShared = (namespace: string) =>
      refuse(`sysctl ${JSON.stringify(name)} not allowed in host ${namespace} namespace`);
    if (IPC_SYSCTLS.has(key) || key.startsWith('fs.mqueue.')) {
      if (hostConfig.IpcMode === 'host') refuseShared('ipc');
    } else if (parts[0] === 'net') {
      if (hostConfig.NetworkMode === 'host') refuseShared('network');
    } else if (key === 'kernel.domainname') {
      if (hostConfig.UTSMode === 'host') refuseShared('uts');
    } else if (key === 'kernel.hostname') {
      refuse('sysctl "kernel.hostname" is not allowed as it conflicts with the OCI spec "hostname" field');
    } else refuse(`sysctl ${JSON.stringify(name)} is not in a separate kernel namespace`);
  }
}

function publishes(hostConfig: HostConfig): boolean {
  const published = Object.values(hostConfig.PortBindings ?? {}).some((bindings) => bindings && bindings.length > 0);
  return published || Boolean(hostConfig.PublishAllPorts);
}

function checkJoined(hostConfig: HostConfig, asked: ContainerConfig): void {
  const conflict = (what: string): never => refuse(`conflicting options: ${what} and the network mode`);
  if (asked.Hostname) conflict('hostname');
  if (hostConfig.Links?.length) {
    refuse(
      "conflicting options: container type network can't be used with links. This would result in undefined behavior",
    );
  }
  if (hostConfig.Dns?.length) conflict('dns');
  if (hostConfig.ExtraHosts?.length) conflict('custom host-to-IP mapping');
  if (publishes(hostConfig)) refuse('conflicting options: port publishing and the container type network mode');
  if (Object.keys(asked.ExposedPorts ?? {}).length > 0) {
    refuse('conflicting options: port exposing and the container type network mode');
  }
}

/** Settings of the one network end that this version can make. */
function checkEndpoints(mode: string, { EndpointsConfig = {} }: NetworkingConfig): void {
  for (const [name, endpoint] of Object.entries(EndpointsConfig)) {
    if (name !== mode && !(name === 'default' && mode === 'bridge')) {
      unsupported(`network ${name} cannot be used: only one network of bridge, host and none is available yet`);
    }
    const { IPv4Address = '', IPv6Address = '', LinkLocalIPs = [] } = endpoint?.IPAMConfig ?? {};
    if (IPv4Address !== '' || IPv6Address !== '' || LinkLocalIPs.length > 0) {
      refuse(
        `invalid config for network ${name}: invalid endpoint settings:\n* user specified IP address is supported on user defined networks only\n* user specified IP address is supported only when connecting to networks with user configured subnets`,
      );
    }
    if (endpoint?.MacAddress && mode !== 'none') unsupported('a MAC address of your own choice is not available yet');
  }
}

/** Checks the network that a container asks for; `asked` is the request without the image's part. Returns warnings. */
export function checkNetwork(
  hostConfig: HostConfig,
  asked: ContainerConfig,
  networking: NetworkingConfig,
): readonly string[] {
  const mode = hostConfig.NetworkMode ?? 'default';
  const joined = mode.startsWith('container:');
  if (joined) checkJoined(hostConfig, asked);
  if (!['default', 'bridge', 'none', 'host', ''].includes(mode) && !joined) {
    unsupported(`failed to set up container networking: network ${mode} not found`);
  }
  checkEndpoints(mode, networking);
  if (hostConfig.Links?.length) {
    if (mode === 'host') {
      refuse(
        "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
      );
    }
    unsupported('links are not available yet');
  }
  if (!publishes(hostConfig) || mode === 'none') return [];
  if (mode === 'host') return ['Published ports are discarded when using host network mode'];
  return unsupported('publishing ports is not available yet; reach the container by its own address');
}

/**
 * Checks that a container may have its control groups writable: where it could change its own limits it may not. Throws
 * BAD_CONFIG.
 */
export function checkWritableCgroups({ CgroupnsMode, Privileged }: HostConfig, layout: CgroupLayout): void {
  if (layout.mode !== 'v2') refuse('writable-cgroups needs cgroup v2, which this machine has not');
  if (CgroupnsMode === 'host') refuse('writable-cgroups needs a private cgroup namespace');
  if (!layout.delegated && !Privileged) {
    refuse('writable-cgroups needs the cgroup2 file system mounted with the option nsdelegate');
  }
}

/** Checks the namespaces other than the network's. Throws BAD_CONFIG. */
export function checkNamespaces(hostConfig: HostConfig, asked: ContainerConfig): void {
  const { IpcMode = '', PidMode = '', UTSMode = '', CgroupnsMode, CgroupParent = '', Isolation } = hostConfig;
  const joins = (mode: string) => /^container:./.test(mode);
  if (!['', 'none', 'host', 'private', 'shareable'].includes(IpcMode) && !joins(IpcMode)) {
    refuse(`invalid IPC mode: ${IpcMode}`);
  }
  if (!['', 'host'].includes(PidMode) && !joins(PidMode)) refuse(`invalid PID mode: ${PidMode}`);
  if (!['', 'host'].includes(UTSMode)) refuse(`invalid UTS mode: ${UTSMode}`);
  if (CgroupnsMode && !['private', 'host'].includes(CgroupnsMode)) {
    refuse(`invalid cgroup namespace mode: ${CgroupnsMode}`);
  }
  if (CgroupParent.split('/').includes('..') || CgroupParent.includes('\0') || CgroupParent.length > 512) {
    refuse(`invalid cgroup parent: ${CgroupParent}`);
  }
  if (UTSMode === 'host' && asked.Hostname) refuse('conflicting options: hostname and the UTS mode');
  if (Isolation && Isolation !== 'default') refuse(`invalid isolation (${Isolation}): linux only supports 'default'`);
}
