import type { SystemVersion } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** GET /version. */
export function systemVersion(engine: Requester): Promise<SystemVersion> {
  return engine.json('GET', '/version');
}
