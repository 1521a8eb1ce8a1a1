import type { Requester } from '../requester.ts';

/** POST /containers/{id}/pause; answers when nothing in the container runs any more. */
export function containerPause(engine: Requester, id: string): Promise<void> {
  return engine.done('POST', `/containers/${encodeURIComponent(id)}/pause`);
}

/** POST /containers/{id}/unpause */
export function containerUnpause(engine: Requester, id: string): Promise<void> {
  return engine.done('POST', `/containers/${encodeURIComponent(id)}/unpause`);
}
