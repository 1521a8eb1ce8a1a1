import type { SystemInfo } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** GET /info. */
export function systemInfo(engine: Requester): Promise<SystemInfo> {
  return engine.json('GET', '/info');
}
