import type { ContainerStats } from '@wharf/spec';
import { readJsonLines } from '../json-lines.ts';
import type { Requester } from '../requester.ts';

const path = (id: string): string => `/containers/${encodeURIComponent(id)}/stats`;

/** GET /containers/{id}/stats, once. `oneShot`: at once and without the earlier reading that shares are told from. */
export function containerStats(
  engine: Requester,
  id: string,
  options: { readonly oneShot?: boolean; readonly signal?: AbortSignal } = {},
): Promise<ContainerStats> {
  const query = { stream: '0', 'one-shot': options.oneShot ?? false };
  return engine.json('GET', path(id), { query, signal: options.signal });
}

/** GET /containers/{id}/stats as a stream: an object a second until the signal, or the container's removal. */
export async function containerStatsStream(
  engine: Requester,
  id: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<AsyncIterable<ContainerStats>> {
  const response = await engine.send('GET', path(id), { query: { stream: true }, signal: options.signal });
  return readJsonLines<ContainerStats>(response.body);
}
