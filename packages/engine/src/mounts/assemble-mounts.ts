import { lookup } from 'node:dns/promises';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshots } from '@wharf/images';
import type { Clock, Logger } from '@wharf/kit';
import type { OpRunner } from '@wharf/linux';
import type { KernelFeatures } from '@wharf/runtime';
import type { Filters } from '@wharf/spec';
import type { EngineConfig } from '../config.ts';
import type { ImagePort } from '../containers/ports.ts';
import type { ContainerStore } from '../containers/store.ts';
import type { EventService } from '../events/event-service.ts';
import type { SandboxService } from '../sandboxes/sandbox-service.ts';
import { LocalDriver } from '../volumes/local-driver.ts';
import type { VolumeStore } from '../volumes/store.ts';
import { VolumeService } from '../volumes/volume-service.ts';
import { ContainerMounts } from './container-mounts.ts';
import { mountsOf } from './mounts-of.ts';
import { Populator } from './populator.ts';

export interface MountFoundations {
  readonly config: EngineConfig;
  readonly store: ContainerStore;
  readonly volumeStore: VolumeStore;
  readonly images: ImagePort;
  readonly snapshots: Pick<Snapshots, 'treeUsage' | 'list'>;
  readonly sandboxes: SandboxService;
  readonly features: KernelFeatures;
  readonly runner: OpRunner;
  readonly events: EventService;
  readonly clock: Clock;
  readonly logger: Logger;
  /** IDs of the containers that a prune of containers would take. */
  readonly idle: (filters: Filters) => readonly string[];
}

/** Makes the noun "volume" and what containers do with volumes. */
export function assembleMounts(foundations: MountFoundations): { volumes: VolumeService; mounts: ContainerMounts } {
  const { config, store, snapshots } = foundations;
  const usage = (path: string) => snapshots.treeUsage(path);
  const resolve = async (host: string) => (await lookup(host)).address;
  const driver = new LocalDriver({ ...foundations, root: join(config.dataRoot, 'volumes'), usage, lookup: resolve });
  const usersOf = (name: string) =>
    store.all().flatMap((record) => (mountsOf(record).some((mount) => isVolume(mount, name)) ? [record.id] : []));
  const volumes = new VolumeService({ ...foundations, store: foundations.volumeStore, drivers: [driver], usersOf });
  const scratch = join(config.dataRoot, 'images', 'volume-copies');
  // What a crash left.
  rmSync(scratch, { recursive: true, force: true });
  const populator = new Populator({ ...foundations, scratch });
  const empty = join(config.execRoot, 'empty');
  mkdirSync(empty, { recursive: true, mode: 0o755 });
  const mounts = new ContainerMounts({ ...foundations, volumes, populator, empty });
  return { volumes, mounts };
}

function isVolume(mount: { readonly type: string; readonly name?: string }, name: string): boolean {
  return mount.type === 'volume' && mount.name === name;
}
