import type { Volume, VolumeCreateRequest } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** GET /volumes. `filters` as `formatFilters` of spec writes them. */
export function volumeList(
  engine: Requester,
  query: { readonly filters?: string } = {},
): Promise<{ Volumes: Volume[] | null; Warnings: string[] | null }> {
  return engine.json('GET', '/volumes', { query: { ...query } });
}

/** POST /volumes/create. */
export function volumeCreate(engine: Requester, body: VolumeCreateRequest): Promise<Volume> {
  return engine.json('POST', '/volumes/create', { body });
}

/** GET /volumes/{name}. */
export function volumeInspect(engine: Requester, name: string): Promise<Volume> {
  return engine.json('GET', `/volumes/${encodeURIComponent(name)}`);
}

/** DELETE /volumes/{name}. */
export function volumeRemove(engine: Requester, name: string, query: { readonly force?: boolean } = {}): Promise<void> {
  return engine.done('DELETE', `/volumes/${encodeURIComponent(name)}`, { query: { ...query } });
}
