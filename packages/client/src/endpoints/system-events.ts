import type { EventMessage } from '@wharf/spec';
import { readJsonLines } from '../json-lines.ts';
import type { Requester } from '../requester.ts';

export interface SystemEventsOptions {
  /** Seconds since 1970, with a fraction. */
  readonly since?: string;
  readonly until?: string;
  /** JSON as `formatFilters` of spec writes it. */
  readonly filters?: string;
  readonly signal?: AbortSignal;
}

/** GET /events: past and coming events; ends at `until`, or never. */
export async function systemEvents(
  engine: Requester,
  { signal, ...query }: SystemEventsOptions = {},
): Promise<AsyncIterable<EventMessage>> {
  const response = await engine.send('GET', '/events', { query, signal });
  return readJsonLines<EventMessage>(response.body);
}
