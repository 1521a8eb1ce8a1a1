import type { ContainerRecord } from './record.ts';

/** Where the container's control group is to be, unless below the engine's own (`--cgroup-parent`). */
export function placeOf({ hostConfig }: ContainerRecord): { readonly cgroupParent?: string } {
  return hostConfig.CgroupParent ? { cgroupParent: hostConfig.CgroupParent } : {};
}
