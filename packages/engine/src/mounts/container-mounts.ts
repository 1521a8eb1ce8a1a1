import { existsSync } from 'node:fs';
import type { Snapshots } from '@wharf/images';
import { errnoOf, type Logger, messageOf } from '@wharf/kit';
import type { IdMaps } from '@wharf/runtime';
import type { ContainerConfig, HostConfig, OciMount } from '@wharf/spec';
import type { ImagePort, Layers } from '../containers/ports.ts';
import type { ContainerRecord } from '../containers/record.ts';
import { RootfsView } from '../containers/rootfs-view.ts';
import type { ContainerStore } from '../containers/store.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import { makeDirectories } from '../make-directories.ts';
import { readMountTable } from '../volumes/mount-table.ts';
import type { VolumeRecord } from '../volumes/record.ts';
import type { VolumeService } from '../volumes/volume-service.ts';
import type { MountRecord } from './mount-record.ts';
import { mountsOf } from './mounts-of.ts';
import { ociMount } from './oci-mounts.ts';
import { type MountPlan, planMounts } from './plan-mounts.ts';
import type { Populator } from './populator.ts';
import { checkPropagation } from './propagation.ts';

export interface ContainerMountsOptions {
  readonly store: ContainerStore;
  readonly volumes: VolumeService;
  readonly images: ImagePort;
  readonly populator: Populator;
  readonly snapshots: Pick<Snapshots, 'list'>;
  readonly events: EventService;
  /** An empty directory. */
  readonly empty: string;
  readonly logger: Logger;
}

/** What containers have mounted, from their making to their removal: volumes are made, filled, mounted, let go of. */
export class ContainerMounts {
  readonly #options: ContainerMountsOptions;
  /** Containers that are starting: their mounts are in use already. */
  readonly #starting = new Set<ContainerRecord>();

  constructor(options: ContainerMountsOptions) {
    this.#options = options;
  }

  /** Decides what a new container gets; nothing is made yet. Throws BAD_CONFIG, NO_SUCH_CONTAINER, not_found (image). */
  plan(config: ContainerConfig, hostConfig: HostConfig): MountPlan[] {
    const { store, images } = this.#options;
    const donor = (key: string) => {
      try {
        return store.get(key);
      } catch (cause) {
        // Not as "not found": clients would take that for a missing image, and pull it.
        throw fail('BAD_CONFIG', `No such container: ${key}`, { cause });
      }
    };
    const plans = planMounts(config, hostConfig, (container) => mountsOf(donor(container)));
    for (const { image } of plans) if (image !== undefined) images.find(image);
    return plans;
  }

  /** Makes the volumes of a new container and fills them from its image. What fails leaves nothing. */
  async make(id: string, plans: readonly MountPlan[], layers: Layers): Promise<MountRecord[]> {
    const made: MountRecord[] = [];
    try {
      for (const [at, plan] of plans.entries()) made.push(await this.#makeOne(id, at, plan, layers));
      return made;
    } catch (error) {
      await this.abandon(id, made);
      throw error;
    }
  }

  async #makeOne(id: string, at: number, { record, volume, image }: MountPlan, layers: Layers): Promise<MountRecord> {
    const { volumes, images } = this.#options;
    if (image !== undefined) {
      const snapshot = `${id}.image${at}`;
      images.prepare(snapshot, images.find(image).id);
      return { ...record, snapshot };
    }
    if (volume === undefined) return record;
    const found = await volumes.ensure(volume, id);
    const driver = volumes.driverOf(found);
    const mount = { ...record, name: found.name, driver: driver.name, source: driver.path(found) };
    if (!record.noCopy && record.subpath === undefined) await this.#fill(found, record.destination, layers);
    return mount;
  }

  async #fill(volume: VolumeRecord, destination: string, layers: Layers): Promise<void> {
    const { volumes, populator } = this.#options;
    const driver = volumes.driverOf(volume);
    await driver.mount(volume);
    try {
      await populator.populate(layers, destination, driver.path(volume));
    } finally {
      if (driver.needsMount(volume)) await this.#unmountIdle([volume.name]);
    }
  }

  /** The container has its record now: that says what it uses. */
  made(id: string): void {
    this.#options.volumes.release(id);
  }

  /** The container will not be: its volumes without a name go. */
  async abandon(id: string, made: readonly MountRecord[]): Promise<void> {
    this.#options.volumes.release(id);
    await this.#letGo(made, true);
  }

  /** Makes everything available that a starting container mounts. Throws VOLUME_MOUNT, BAD_SUBPATH, BAD_PROPAGATION, …. */
  async open(record: ContainerRecord): Promise<OciMount[]> {
    const mounts = mountsOf(record);
    if (mounts.length > 0) this.#starting.add(record);
    for (const mount of mounts) {
      if (mount.type === 'bind') makeSource(mount);
      await this.#mountVolume(mount);
      if (mount.propagation !== '') checkPropagation(mount, readMountTable);
    }
    return this.#ociMounts(mounts, record.idMaps !== undefined);
  }

  async #mountVolume({ type, name = '' }: MountRecord): Promise<void> {
    if (type !== 'volume') return;
    const volume = this.#options.volumes.get(name);
    await this.#options.volumes.driverOf(volume).mount(volume);
  }

  #ociMounts(mounts: readonly MountRecord[], mapped: boolean): OciMount[] {
    const { images, empty } = this.#options;
    return mounts.map((mount) => {
      const layers = mount.snapshot === undefined ? [] : images.layers(mount.snapshot).lower;
      return ociMount(inImage(mount, layers), { layers, empty, mapIds: mapped && this.#isOwn(mount) });
    });
  }

  /**
   * Makes what a container that does not run would have mounted available for the time of `work`, as far as it is there:
   * no missing source is made, and a tmpfs has nothing in it. Throws VOLUME_MOUNT, BAD_SUBPATH.
   */
  async look<T>(
    record: ContainerRecord,
    idMaps: IdMaps | undefined,
    work: (mounts: readonly OciMount[]) => Promise<T>,
  ): Promise<T> {
    const isThere = ({ type, source }: MountRecord) => type === 'image' || (source !== '' && existsSync(source));
    // Nothing that is mounted for a look is to be seen anywhere else.
    const mounts = mountsOf(record)
      .filter(isThere)
      .map((mount) => ({ ...mount, propagation: '' }));
    this.#starting.add(record);
    try {
      for (const mount of mounts) await this.#mountVolume(mount);
      return await work(this.#ociMounts(mounts, idMaps !== undefined));
    } finally {
      await this.closed(record, false);
    }
  }

  /** Whether the files are the engine's own; of a file system from elsewhere it cannot tell whose IDs are on it. */
  #isOwn({ type, name = '' }: MountRecord): boolean {
    if (type !== 'volume') return false;
    const volume = this.#options.volumes.get(name);
    return !this.#options.volumes.driverOf(volume).needsMount(volume);
  }

  /** The container runs: its volumes are in use. */
  started(record: ContainerRecord): void {
    this.#starting.delete(record);
    for (const mount of this.#volumesOf(record)) {
      this.#options.events.publish('volume', 'mount', mount.name ?? '', {
        container: record.id,
        destination: mount.destination,
        driver: mount.driver ?? '',
        propagation: mount.propagation,
        'read/write': String(mount.rw),
      });
    }
  }

  /** The container does not run any more, or did not come to run: what only it had mounted is unmounted. */
  async closed(record: ContainerRecord, ran: boolean): Promise<void> {
    this.#starting.delete(record);
    const mounts = this.#volumesOf(record);
    if (ran) {
      for (const { name = '', driver = '' } of mounts) {
        this.#options.events.publish('volume', 'unmount', name, { container: record.id, driver });
      }
    }
    await this.#unmountIdle(mounts.map(({ name = '' }) => name));
  }

  #volumesOf(record: ContainerRecord): MountRecord[] {
    return mountsOf(record).filter(({ type }) => type === 'volume');
  }

  /** Unmounts those of the volumes that no running container has. */
  async #unmountIdle(names: readonly string[]): Promise<void> {
    const { store, volumes, logger } = this.#options;
    const wanted = names.flatMap((name) => volumes.find(name) ?? []).filter((v) => volumes.driverOf(v).needsMount(v));
    if (wanted.length === 0) return;
    const running = store.all().filter(({ state }) => state.pid > 0 || state.status === 'restarting');
    const busy = new Set(
      [...running, ...this.#starting].flatMap((record) => this.#volumesOf(record).map(({ name }) => name)),
    );
    for (const volume of wanted) {
      if (busy.has(volume.name)) continue;
      await volumes
        .driverOf(volume)
        .unmount(volume)
        .catch((error: unknown) => logger.warn('unmount', { volume: volume.name, error: messageOf(error) }));
    }
  }

  /** The container is gone. `anonymous`: volumes that nobody named go too, unless somebody else has them. */
  async removed(record: ContainerRecord, { anonymous }: { readonly anonymous: boolean }): Promise<void> {
    await this.#letGo(mountsOf(record), anonymous);
  }

  async #letGo(mounts: readonly MountRecord[], anonymous: boolean): Promise<void> {
    const { volumes, images, logger } = this.#options;
    for (const { snapshot } of mounts) if (snapshot !== undefined) images.release(snapshot);
    if (!anonymous) return;
    const names = mounts.filter((mount) => mount.anonymous).map(({ name = '' }) => name);
    await volumes.removeUnused(names).catch((error: unknown) => {
      logger.warn('removing volumes', { volumes: names.join(' '), error: messageOf(error) });
    });
  }

  /**
   * When the engine starts: what was mounted for containers that are gone meanwhile is unmounted, and layers of containers
   * that were never finished are let go.
   */
  async reconcile(): Promise<void> {
    const { store, images, snapshots } = this.#options;
    const known = new Set(
      store.all().flatMap((record) => [record.id, ...mountsOf(record).flatMap(({ snapshot }) => snapshot ?? [])]),
    );
    for (const id of snapshots.list()) if (!known.has(id)) images.release(id);
    await this.#unmountIdle(this.#options.volumes.all().map(({ name }) => name));
  }
}

/** The part of an image that is mounted, as a path without links in it. Throws BAD_SUBPATH in Docker's words. */
function inImage(mount: MountRecord, layers: readonly string[]): MountRecord {
  if (mount.type !== 'image' || mount.subpath === undefined) return mount;
  const found = new RootfsView(layers).locate(mount.subpath);
  if (found) return { ...mount, subpath: found.path.slice(1) };
  const path = `${mount.name}/${mount.subpath}`;
  throw fail('BAD_SUBPATH', `cannot access path ${path}: lstat ${path}: no such file or directory`);
}

/** Makes a missing source of a bind where that was asked for. Throws BAD_CONFIG. */
function makeSource({ source, createSource }: MountRecord): void {
  if (!createSource) return;
  try {
    makeDirectories(source);
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return; // a file may be bound too
    throw fail('BAD_CONFIG', `error while creating mount source path '${source}': ${messageOf(cause)}`, { cause });
  }
}
