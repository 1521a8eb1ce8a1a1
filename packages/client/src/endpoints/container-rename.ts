import type { Requester } from '../requester.ts';

/** POST /containers/{id}/rename */
export function containerRename(engine: Requester, id: string, name: string): Promise<void> {
  return engine.done('POST', `/containers/${encodeURIComponent(id)}/rename`, { query: { name } });
}
