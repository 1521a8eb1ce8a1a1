import type { Requester } from '../requester.ts';

/** POST /containers/{id}/kill; without a signal, KILL. */
export function containerKill(engine: Requester, id: string, query: { readonly signal?: string } = {}): Promise<void> {
  return engine.done('POST', `/containers/${encodeURIComponent(id)}/kill`, { query });
}
