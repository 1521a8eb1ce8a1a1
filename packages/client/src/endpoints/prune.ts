import type { ImageDeleteResponseItem } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** Filters as the API takes them: JSON, see `formatFilters` of spec. */
export interface PruneOptions {
  readonly filters?: string;
}

/** POST /containers/prune: removes containers that do not run. Bytes; null for none. */
export function containerPrune(
  engine: Requester,
  query: PruneOptions = {},
): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }> {
  return engine.json('POST', '/containers/prune', { query: { ...query } });
}

/** POST /images/prune: removes images that no container uses. Bytes; null for none. */
export function imagePrune(
  engine: Requester,
  query: PruneOptions = {},
): Promise<{ ImagesDeleted: ImageDeleteResponseItem[] | null; SpaceReclaimed: number }> {
  return engine.json('POST', '/images/prune', { query: { ...query } });
}
