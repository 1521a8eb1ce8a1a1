import type { HostConfig, OciNamespace, OciNamespaceType } from '@wharf/spec';
import type { ChosenUserns } from '../userns/userns-service.ts';

/** Finds the process of another container whose namespace is to be shared. */
export type PidOf = (container: string, namespace: 'network' | 'pid' | 'ipc') => number;

function shared(
  mode: string | undefined,
  type: OciNamespaceType & ('network' | 'pid' | 'ipc'),
  file: string,
  pidOf: PidOf,
): OciNamespace | undefined {
  if (mode === 'host') return undefined;
  if (mode?.startsWith('container:')) {
    return { type, path: `/proc/${pidOf(mode.slice('container:'.length), type)}/ns/${file}` };
  }
  return { type };
}

function userNamespace({ of }: ChosenUserns): OciNamespace {
  return of ? { type: 'user', path: `/proc/${of.state.pid}/ns/user` } : { type: 'user' };
}

/** The namespaces of a container. Control groups get one of their own, on version 1 too (Docker: only on version 2). */
export function buildNamespaces(hostConfig: HostConfig, pidOf: PidOf, userns?: ChosenUserns): OciNamespace[] {
  const privateCgroup = hostConfig.CgroupnsMode !== 'host';
  return [
    { type: 'mount' as const },
    hostConfig.UTSMode === 'host' ? undefined : { type: 'uts' as const },
    shared(hostConfig.IpcMode, 'ipc', 'ipc', pidOf),
    shared(hostConfig.PidMode, 'pid', 'pid', pidOf),
    shared(hostConfig.NetworkMode, 'network', 'net', pidOf),
    privateCgroup ? { type: 'cgroup' as const } : undefined,
    userns ? userNamespace(userns) : undefined,
  ].filter((namespace) => namespace !== undefined);
}
