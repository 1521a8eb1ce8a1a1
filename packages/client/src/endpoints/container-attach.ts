import type { HijackedStream } from '../http/hijacked.ts';
import type { Requester } from '../requester.ts';

export interface ContainerAttachOptions {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  /** Live output; without it only what `logs` asks for. */
  readonly stream?: boolean;
  readonly logs?: boolean;
  readonly detachKeys?: string;
  readonly signal?: AbortSignal;
}

/** POST /containers/{id}/attach: the container's streams, raw with a terminal, else framed (see FrameReader of spec). */
export function containerAttach(
  engine: Requester,
  id: string,
  { signal, ...query }: ContainerAttachOptions,
): Promise<HijackedStream> {
  return engine.hijack(`/containers/${encodeURIComponent(id)}/attach`, { query, signal });
}
