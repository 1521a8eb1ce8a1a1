import type { Requester } from '../requester.ts';

export interface ContainerRestartOptions {
  readonly signal?: string;
  /** Seconds until it is killed; -1 waits for ever. The container's own setting by default. */
  readonly timeout?: number;
}

/** POST /containers/{id}/restart; answers when it is done. */
export function containerRestart(engine: Requester, id: string, options: ContainerRestartOptions = {}): Promise<void> {
  const query = { signal: options.signal, t: options.timeout };
  return engine.done('POST', `/containers/${encodeURIComponent(id)}/restart`, { query });
}
