import type { HostConfig } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** POST /containers/{id}/update: the limits and the restart policy that are set; null for no warnings. */
export function containerUpdate(
  engine: Requester,
  id: string,
  changes: HostConfig,
): Promise<{ Warnings: string[] | null }> {
  return engine.json('POST', `/containers/${encodeURIComponent(id)}/update`, { body: changes });
}
