import type { Requester } from '../requester.ts';

export interface ContainerStopOptions {
  readonly signal?: string;
  /** Seconds until it is killed; -1 waits for ever. The container's own setting by default. */
  readonly timeout?: number;
}

/** POST /containers/{id}/stop; answers when it is done. */
export function containerStop(engine: Requester, id: string, options: ContainerStopOptions = {}): Promise<void> {
  const query = { signal: options.signal, t: options.timeout };
  return engine.done('POST', `/containers/${encodeURIComponent(id)}/stop`, { query });
}
