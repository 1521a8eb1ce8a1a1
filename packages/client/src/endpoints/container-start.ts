import type { Requester } from '../requester.ts';

export interface ContainerStartOptions {
  readonly checkpoint?: string;
  readonly checkpointDir?: string;
  readonly signal?: AbortSignal;
}

/** POST /containers/{id}/start; one that runs already is fine. */
export function containerStart(engine: Requester, id: string, options: ContainerStartOptions = {}): Promise<void> {
  const query = { checkpoint: options.checkpoint, 'checkpoint-dir': options.checkpointDir };
  return engine.done('POST', `/containers/${encodeURIComponent(id)}/start`, { query, signal: options.signal });
}
