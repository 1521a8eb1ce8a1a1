import type { ExecCreateRequest } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** POST /containers/{id}/exec: sets up a further command in a running container; `execStart` runs it. */
export function containerExec(
  engine: Requester,
  id: string,
  body: ExecCreateRequest,
): Promise<{ readonly Id: string }> {
  return engine.json('POST', `/containers/${encodeURIComponent(id)}/exec`, { body });
}
