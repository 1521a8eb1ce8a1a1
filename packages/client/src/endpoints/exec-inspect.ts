import type { ExecInspect } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** GET /exec/{id}/json. */
export function execInspect(engine: Requester, id: string): Promise<ExecInspect> {
  return engine.json('GET', `/exec/${encodeURIComponent(id)}/json`);
}
