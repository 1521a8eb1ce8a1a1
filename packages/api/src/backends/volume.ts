import type { Filters, Volume } from '@wharf/spec';
import type { PruneOptions } from './container.ts';
import type { RequestContext } from './context.ts';

/** A checked body of POST /volumes/create. */
export interface VolumeCreateOptions {
  /** Empty for a name that the engine chooses. */
  readonly name: string;
  /** Empty for the default. */
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Answer of POST /volumes/prune; null stands for none. Bytes. */
export interface VolumePruneReport {
  readonly VolumesDeleted: readonly string[] | null;
  readonly SpaceReclaimed: number;
}

/** What the Volume routes need from the engine. */
export interface VolumeBackend {
  /** Throws `invalid` for an unknown filter. */
  list(filters: Filters): Promise<Volume[]>;
  /** Gives the volume of that name when there is one. Throws `invalid` (name, options), `not_found` (driver). */
  create(options: VolumeCreateOptions): Promise<Volume>;
  /** Throws `not_found` ("get x: no such volume"). */
  inspect(name: string): Promise<Volume>;
  /** With `force` a missing one is fine. Throws `not_found`, `conflict` (in use). */
  remove(name: string, options: { readonly force: boolean }): Promise<void>;
  /** Removes volumes that no container uses. Throws `invalid` for an unknown filter, `conflict` while another runs. */
  prune(filters: Filters, options: PruneOptions, signal: RequestContext['signal']): Promise<VolumePruneReport>;
}
