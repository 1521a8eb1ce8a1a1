import type { ImageHistoryResponseItem } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** GET /images/{name}/history, newest first. */
export function imageHistory(engine: Requester, name: string): Promise<ImageHistoryResponseItem[]> {
  return engine.json('GET', `/images/${encodeURI(name)}/history`);
}
