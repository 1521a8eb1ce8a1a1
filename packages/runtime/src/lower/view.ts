import { inChild, onHost, type Program, type Step } from '@wharf/linux';
import type { OciMount } from '@wharf/spec';
import { makeUser } from '../sandbox/plan.ts';
import { lowerCellMount } from './cell-bind.ts';
import { CLONE_NEW, MS } from './flags.ts';
import { lowerMount } from './mounts.ts';
import {
  type KernelFeatures,
  lowerMappedRootfs,
  lowerRootfs,
  type MappedLayers,
  mappedOverlay,
  type Rootfs,
} from './rootfs.ts';
import { mappedMounts } from './user-namespace.ts';
import type { MappedView } from './user-view.ts';

export interface ViewOptions {
  /** An empty directory to mount on. */
  readonly staging: string;
  readonly features: KernelFeatures;
  /** Of a container in a user namespace: files are seen, and made, as it would see and make them. */
  readonly mapped?: MappedView;
}

const NO_GROUPS = { version: 2, hierarchies: [] } as const;
const ALL_SLAVES = { op: 'MOUNT', source: '', target: '/', fstype: '', flags: MS.REC | MS.SLAVE, data: '' } as const;

/**
 * The program of a cell whose child makes a container's root and what is mounted into it, in a mount namespace of its own,
 * without running anything: for looking at the files of a container that does not run. Pure.
 */
export function lowerView(rootfs: Rootfs, mounts: readonly OciMount[], options: ViewOptions): Program {
  const { mapped } = options;
  return [
    ...(mapped ? mappedView(rootfs, mounts, options.staging, mapped) : plainView(rootfs, mounts, options)),
    inChild({ op: 'PIVOT' }),
  ];
}

function plainView(rootfs: Rootfs, mounts: readonly OciMount[], { staging, features }: ViewOptions): Step[] {
  const overlay = (layers: MappedLayers) => mappedOverlay(layers, staging, undefined);
  const cell = { mapped: false, ...(features.lowerdirPlus ? {} : { overlay }) };
  return [
    onHost({ op: 'CLONE', flags: CLONE_NEW.mount, cgroup: '' }),
    inChild(ALL_SLAVES),
    ...lowerRootfs(rootfs, staging, features),
    ...mounts.flatMap((mount) => (mount.fromCell ? lowerCellMount(mount, cell) : lowerMount(mount, NO_GROUPS))),
  ];
}

/** As a start makes them: the root is mounted on the working directory, because the way to it may be barred. */
function mappedView(rootfs: Rootfs, mounts: readonly OciMount[], staging: string, mapped: MappedView): Step[] {
  const user = { ...mapped, joined: false };
  const config = { mounts, linux: { devices: [] } };
  return [
    onHost({ op: 'CHDIR', path: staging }),
    onHost({ op: 'CLONE', flags: CLONE_NEW.user | CLONE_NEW.mount, cgroup: '' }),
    onHost({ op: 'CHDIR', path: '/' }),
    ...makeUser(mapped.idMaps),
    inChild(ALL_SLAVES),
    ...lowerMappedRootfs(rootfs, staging, user),
    ...mappedMounts(config, NO_GROUPS, [], user, staging),
  ];
}
