import { inChild, onHost, type Program } from '@wharf/linux';
import type { OciMount } from '@wharf/spec';
import { CLONE_NEW, MS } from './flags.ts';
import { lowerMount } from './mounts.ts';
import { type KernelFeatures, lowerRootfs, type Rootfs } from './rootfs.ts';

/**
 * The program of a cell whose child makes a container's root and what is bound into it, in a mount namespace of its own,
 * without running anything: for looking at the files of a container that does not run. Pure.
 */
export function lowerView(
  rootfs: Rootfs,
  binds: readonly OciMount[],
  staging: string,
  features: KernelFeatures,
): Program {
  const noGroups = { version: 2, hierarchies: [] } as const;
  return [
    onHost({ op: 'CLONE', flags: CLONE_NEW.mount, cgroup: '' }),
    inChild({ op: 'MOUNT', source: '', target: '/', fstype: '', flags: MS.REC | MS.SLAVE, data: '' }),
    ...lowerRootfs(rootfs, staging, features),
    ...binds.flatMap((mount) => lowerMount(mount, noGroups)),
    inChild({ op: 'PIVOT' }),
  ];
}
