import type { ImageDeleteResponseItem } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** Filters as the API takes them: JSON, see `formatFilters` of spec. */
export interface PruneOptions {
  readonly filters?: string;
  /** Remove nothing, only tell what would go. Only Wharf engines know this: others remove all the same. */
  readonly dryRun?: boolean;
  /** A dry run tells what would go after a prune of containers with the same filters. */
  readonly afterContainers?: boolean;
}

function pruneQuery({ filters, dryRun, afterContainers }: PruneOptions) {
  return { filters, 'wharf-dry-run': dryRun, 'wharf-after-containers': afterContainers };
}

/** POST /containers/prune: removes containers that do not run. Bytes; null for none. */
export function containerPrune(
  engine: Requester,
  options: PruneOptions = {},
): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }> {
  return engine.json('POST', '/containers/prune', { query: pruneQuery(options) });
}

/** POST /images/prune: removes images that no container uses. Bytes; null for none. */
export function imagePrune(
  engine: Requester,
  options: PruneOptions = {},
): Promise<{ ImagesDeleted: ImageDeleteResponseItem[] | null; SpaceReclaimed: number }> {
  return engine.json('POST', '/images/prune', { query: pruneQuery(options) });
}

/** POST /networks/prune: removes networks that no container uses; null for none. */
export function networkPrune(
  engine: Requester,
  options: PruneOptions = {},
): Promise<{ NetworksDeleted: string[] | null }> {
  return engine.json('POST', '/networks/prune', { query: pruneQuery(options) });
}

/** POST /volumes/prune: removes anonymous volumes that no container uses. Bytes; null for none. */
export function volumePrune(
  engine: Requester,
  options: PruneOptions = {},
): Promise<{ VolumesDeleted: string[] | null; SpaceReclaimed: number }> {
  return engine.json('POST', '/volumes/prune', { query: pruneQuery(options) });
}

/** POST /build/prune: removes what is kept of builds; `all` takes also what is in use by images. Bytes; null for none. */
export function buildPrune(
  engine: Requester,
  options: PruneOptions & { readonly all?: boolean } = {},
): Promise<{ CachesDeleted: string[] | null; SpaceReclaimed: number }> {
  return engine.json('POST', '/build/prune', { query: { all: options.all, ...pruneQuery(options) } });
}
