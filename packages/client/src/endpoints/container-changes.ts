import type { Requester } from '../requester.ts';

/** GET /containers/{id}/changes: 0 modified, 1 added, 2 deleted; null for none. */
export function containerChanges(
  engine: Requester,
  id: string,
): Promise<{ readonly Path: string; readonly Kind: number }[] | null> {
  return engine.json('GET', `/containers/${encodeURIComponent(id)}/changes`);
}
