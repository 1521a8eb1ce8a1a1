import type { Requester } from '../requester.ts';

/** POST /images/{name}/tag. */
export function imageTag(
  engine: Requester,
  name: string,
  target: { readonly repo: string; readonly tag: string },
): Promise<void> {
  return engine.done('POST', `/images/${encodeURI(name)}/tag`, { query: { ...target } });
}
