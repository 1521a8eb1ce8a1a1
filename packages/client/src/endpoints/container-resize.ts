import type { Requester } from '../requester.ts';

/** POST /containers/{id}/resize: the size of its terminal, in characters. */
export function containerResize(
  engine: Requester,
  id: string,
  size: { readonly width: number; readonly height: number },
): Promise<void> {
  const query = { h: size.height, w: size.width };
  return engine.done('POST', `/containers/${encodeURIComponent(id)}/resize`, { query });
}
