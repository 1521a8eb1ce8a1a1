import type { OciResources } from '@wharf/spec';
import { fail } from '../errors.ts';
import { deviceProgram } from './device-program.ts';
import { devicePolicy } from './devices.ts';
import type { CgroupFeatures } from './features.ts';
import { type CgroupLayout, cgroupDirectories, cleanPath, controllerDirectory } from './layout.ts';
import { planV1 } from './plan-v1.ts';
import { planV2 } from './plan-v2.ts';
import { usable } from './usable.ts';

/** One write to a file of a control group. A failure of an optional one does not matter. */
export interface CgroupWrite {
  readonly path: string;
  readonly data: string;
  readonly optional?: boolean;
}

/** Limits now in force, for the order in which new ones have to be written. Bytes; -1: none. */
export interface CurrentLimits {
  readonly limit: number;
  readonly swap: number;
}

/** What is to be planned. */
export interface CgroupRequest {
  readonly layout: CgroupLayout;
  readonly features: CgroupFeatures;
  /** The group, below every mount point: "/wharf/0123…". */
  readonly path: string;
  readonly resources: OciResources;
  /** Given when an existing group is changed: then no device rules are planned unless they are in the resources. */
  readonly current?: CurrentLimits;
}

/** How a control group is made: directories, then writes, then processes. */
export interface CgroupPlan {
  readonly directories: readonly string[];
  readonly writes: readonly CgroupWrite[];
  /** The files that take the process id, one per hierarchy. */
  readonly procsFiles: readonly string[];
  /** Where the number of kills for lack of memory stands. */
  readonly oom: { readonly path: string; readonly key: string } | undefined;
  /** The group's directory in a pure v2 hierarchy, for CLONE and CGROUP_DEVICE. */
  readonly v2Directory?: string;
  /** For the CGROUP_DEVICE step, on v2. */
  readonly deviceProgram?: Uint8Array;
  /** Docker's words for what the kernel cannot do. */
  readonly warnings: readonly string[];
}

/**
 * Plans a control group with OCI resources, for either version. Limits that the kernel does not have are left out, with
 * Docker's warning. Throws INVALID_RESOURCES.
 */
export function planCgroup(request: CgroupRequest): CgroupPlan {
  const { layout, path } = request;
  const { resources, warnings } = usable(request.resources, request.features, layout.mode === 'v2');
  const directories = cgroupDirectories(layout, path);
  const common = { directories, procsFiles: directories.map((directory) => `${directory}/cgroup.procs`), warnings };
  const oom = oomFile(layout, path);
  const policy = resources.devices === undefined ? undefined : devicePolicy(resources.devices);
  if (layout.mode !== 'v2') {
    if (Object.keys(resources.unified ?? {}).length > 0) {
      throw fail('INVALID_RESOURCES', 'unified resources need cgroup v2');
    }
    return { ...common, oom, writes: planV1({ ...request, resources }, policy) };
  }
  const v2Directory = `${layout.unified ?? ''}${cleanPath(path)}`;
  const device =
    policy === undefined || (policy.allow && policy.exceptions.length === 0)
      ? {}
      : { deviceProgram: deviceProgram(policy) };
  return { ...common, ...device, oom, v2Directory, writes: planV2({ ...request, resources }, v2Directory) };
}

function oomFile(layout: CgroupLayout, path: string): CgroupPlan['oom'] {
  const directory = controllerDirectory(layout, 'memory', path);
  if (directory === undefined) return undefined;
  return { path: `${directory}/${layout.mode === 'v2' ? 'memory.events' : 'memory.oom_control'}`, key: 'oom_kill' };
}

/**
 * Plans the groups above containers (all parts of a path such as "/wharf"): made once, then children inherit. v1: the
 * processors and memory nodes are copied down, which the kernel does not do by itself; v2: controllers are handed down.
 */
export function planParent(request: Omit<CgroupRequest, 'resources'>): Pick<CgroupPlan, 'directories' | 'writes'> {
  const { layout, features } = request;
  const parts = cleanPath(request.path).slice(1).split('/');
  const paths = parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`);
  const directories = paths.flatMap((path) => cgroupDirectories(layout, path));
  if (layout.mode === 'v2') {
    const above = ['', ...paths].map((path) => `${layout.unified ?? ''}${path}/cgroup.subtree_control`);
    const controllers = [...features.controllers].filter((name) => name !== 'devices' && name !== 'freezer');
    const writes = above.flatMap((path) => controllers.map((name) => ({ path, data: `+${name}`, optional: true })));
    return { directories, writes };
  }
  const cpuset = layout.controllers.get('cpuset');
  if (cpuset === undefined) return { directories, writes: [] };
  const writes = paths.flatMap((path) => [
    { path: `${cpuset}${path}/cpuset.cpus`, data: features.cpus, optional: true },
    { path: `${cpuset}${path}/cpuset.mems`, data: features.mems, optional: true },
    { path: `${cpuset}${path}/cgroup.clone_children`, data: '1' },
  ]);
  return { directories, writes };
}
