import type { ContainerInspect } from '@wharf/spec';
import { parseJson, type Requester } from '../requester.ts';

const LIMIT = 64 << 20;

/** GET /containers/{id}/json. */
export function containerInspect(
  engine: Requester,
  id: string,
  query: { readonly size?: boolean } = {},
): Promise<ContainerInspect> {
  return engine.json('GET', `/containers/${encodeURIComponent(id)}/json`, { query });
}

/** The same, with the bytes as the engine sent them: members this client does not know are kept. */
export async function containerInspectRaw(
  engine: Requester,
  id: string,
  query: { readonly size?: boolean } = {},
): Promise<{ value: ContainerInspect; bytes: Buffer }> {
  const response = await engine.send('GET', `/containers/${encodeURIComponent(id)}/json`, { query });
  const bytes = await response.body.bytes(LIMIT);
  return { value: parseJson(bytes), bytes };
}
