import type { HostConfig, MountPoint } from '@wharf/spec';
import type { ContainerRecord } from '../containers/record.ts';
import type { MountRecord } from './mount-record.ts';
import { planMounts } from './plan-mounts.ts';

/** What a container has mounted. Records of engines that knew no volumes say it in their host configuration only. */
export function mountsOf(record: Pick<ContainerRecord, 'mounts' | 'hostConfig'>): readonly MountRecord[] {
  return record.mounts ?? legacyMounts(record.hostConfig);
}

function legacyMounts(hostConfig: HostConfig): MountRecord[] {
  const { Binds = [], Mounts = [] } = hostConfig;
  return planMounts({}, { Binds, Mounts }, () => []).map(({ record }) => record);
}

/** How a mount looks from the API. */
export function mountPoint(mount: MountRecord): MountPoint {
  return {
    Type: mount.type,
    ...(mount.name === undefined ? {} : { Name: mount.name }),
    Source: mount.source,
    Destination: mount.destination,
    ...(mount.driver === undefined ? {} : { Driver: mount.driver }),
    Mode: mount.mode,
    RW: mount.rw,
    Propagation: mount.propagation,
  };
}
