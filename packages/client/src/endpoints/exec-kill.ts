import type { Requester } from '../requester.ts';

/**
 * POST /exec/{id}/wharf-kill: sends a signal (default SIGKILL) to the command and everything that descends from it. Only
 * Wharf engines have it. The beginning of an ID will do.
 */
export function execKill(engine: Requester, id: string, query: { readonly signal?: string } = {}): Promise<void> {
  return engine.done('POST', `/exec/${encodeURIComponent(id)}/wharf-kill`, { query });
}

/**
 * POST /exec/{id}/wharf-leash, before the start: from when this resolves the engine kills the command, with everything that
 * descends from it, when this program's connection ends. Only Wharf engines have it.
 */
export async function execLeash(engine: Requester, id: string): Promise<void> {
  await engine.send('POST', `/exec/${encodeURIComponent(id)}/wharf-leash`);
}
