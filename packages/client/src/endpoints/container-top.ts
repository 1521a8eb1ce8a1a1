import type { ContainerTopResponse } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** GET /containers/{id}/top; `psArgs` are options of ps, `-ef` by default. */
export function containerTop(engine: Requester, id: string, psArgs = ''): Promise<ContainerTopResponse> {
  return engine.json('GET', `/containers/${encodeURIComponent(id)}/top`, { query: { ps_args: psArgs } });
}
