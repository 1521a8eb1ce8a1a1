import { type CgroupFeatures, probeCgroups } from './features.ts';
import { applyCgroup } from './group.ts';
import type { CgroupLayout } from './layout.ts';
import { planParent } from './plan.ts';

/**
 * Makes the group that containers' groups are made in ("/wharf", or what `--cgroup-parent` says), unless it is there,
 * and looks what the kernel offers in it. Throws CGROUPS_UNUSABLE.
 */
export function prepareCgroupParent(layout: CgroupLayout, path: string): CgroupFeatures {
  applyCgroup(planParent({ layout, features: probeCgroups(layout, ''), path }));
  return probeCgroups(layout, path);
}
