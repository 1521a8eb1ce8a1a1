/** Something mounted into a container, as it is kept with it: decided when the container is made. */
export interface MountRecord {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'image';
  /** Absolute path in the container. */
  readonly destination: string;
  /** Host path of a bind; where a volume has its data; empty for others. */
  readonly source: string;
  /** Name of a volume, or of an image as it was asked for. */
  readonly name?: string;
  /** Driver of a volume. */
  readonly driver?: string;
  /** The options of a `-v`, as given. */
  readonly mode: string;
  readonly rw: boolean;
  /** `rprivate`, `rshared`, …; empty for volumes and tmpfs. */
  readonly propagation: string;
  /** Path below the source that is mounted in its place. */
  readonly subpath?: string;
  /** A volume that nobody named: it goes with the container where that is asked for. */
  readonly anonymous?: boolean;
  /** The volume does not take over what the image has at the destination. */
  readonly noCopy?: boolean;
  /** A missing source of a bind is made. */
  readonly createSource?: boolean;
  /** What is mounted below the source stays out. */
  readonly nonRecursive?: boolean;
  /** Read-only does not reach what is mounted below the source. */
  readonly shallowReadonly?: boolean;
  /** Options of a tmpfs. */
  readonly options?: readonly string[];
  /** Snapshot that keeps the layers of a mounted image. */
  readonly snapshot?: string;
}
