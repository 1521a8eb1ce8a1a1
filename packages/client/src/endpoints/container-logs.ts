import type { Requester } from '../requester.ts';

export interface ContainerLogsOptions {
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  readonly details?: boolean;
  /** Seconds since 1970, with a fraction. */
  readonly since?: string;
  readonly until?: string;
  /** A number of lines, or `all`. */
  readonly tail?: string;
  readonly signal?: AbortSignal;
}

/** GET /containers/{id}/logs: raw bytes of a container with a terminal, else framed (see FrameReader of spec). */
export async function containerLogs(
  engine: Requester,
  id: string,
  { signal, ...query }: ContainerLogsOptions,
): Promise<AsyncIterable<Buffer>> {
  const response = await engine.send('GET', `/containers/${encodeURIComponent(id)}/logs`, { query, signal });
  return response.body;
}
