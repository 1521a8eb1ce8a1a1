import type { Requester } from '../requester.ts';

/** POST /exec/{id}/resize: the size of its terminal, in characters. */
export function execResize(
  engine: Requester,
  id: string,
  size: { readonly width: number; readonly height: number },
): Promise<void> {
  const query = { h: size.height, w: size.width };
  return engine.done('POST', `/exec/${encodeURIComponent(id)}/resize`, { query });
}
