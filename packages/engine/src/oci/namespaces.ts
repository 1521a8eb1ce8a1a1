import type { HostConfig, OciNamespace, OciNamespaceType } from '@wharf/spec';

/** Finds the process of another container whose namespace is to be shared. */
export type PidOf = (container: string) => number;

function shared(
  mode: string | undefined,
  type: OciNamespaceType,
  file: string,
  pidOf: PidOf,
): OciNamespace | undefined {
  if (mode === 'host') return undefined;
  if (mode?.startsWith('container:')) {
    return { type, path: `/proc/${pidOf(mode.slice('container:'.length))}/ns/${file}` };
  }
  return { type };
}

/**
 * The namespaces of a container. Control groups get a namespace of their own where version 2 is in use, as Docker's
 * default is.
 */
export function buildNamespaces(hostConfig: HostConfig, cgroupVersion: 1 | 2, pidOf: PidOf): OciNamespace[] {
  const cgroupMode = hostConfig.CgroupnsMode || (cgroupVersion === 2 ? 'private' : 'host');
  const privateCgroup = cgroupMode === 'private' && !hostConfig.Privileged;
  return [
    { type: 'mount' as const },
    shared(hostConfig.UTSMode, 'uts', 'uts', pidOf),
    shared(hostConfig.IpcMode, 'ipc', 'ipc', pidOf),
    shared(hostConfig.PidMode, 'pid', 'pid', pidOf),
    shared(hostConfig.NetworkMode, 'network', 'net', pidOf),
    privateCgroup ? { type: 'cgroup' as const } : undefined,
  ].filter((namespace) => namespace !== undefined);
}
