import type { VolumeRecord } from './record.ts';

/** What keeps the data of volumes. The engine has one driver, `local`; others come in by this interface. */
export interface VolumeDriver {
  readonly name: string;
  /** Throws BAD_VOLUME_OPTION in Docker's words for options that it does not take. */
  check(options: Readonly<Record<string, string>>): void;
  /** Makes the place for the data; what is there already stays. */
  create(record: VolumeRecord): void;
  /** Removes the data. It must not be mounted. */
  remove(record: VolumeRecord): Promise<void>;
  /** Where the data is, on the host. */
  path(record: VolumeRecord): string;
  /** Whether the data is there only after `mount`. */
  needsMount(record: VolumeRecord): boolean;
  /** Makes the data available at `path`; nothing happens when it is already. Throws VOLUME_MOUNT. */
  mount(record: VolumeRecord): Promise<void>;
  /** Undoes `mount`; nothing happens when it is not mounted. */
  unmount(record: VolumeRecord): Promise<void>;
  /** Bytes on disk. */
  size(record: VolumeRecord): Promise<number>;
}
