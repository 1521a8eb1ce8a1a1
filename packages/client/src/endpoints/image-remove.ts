import type { ImageDeleteResponseItem } from '@wharf/spec';
import type { Requester } from '../requester.ts';

export interface ImageRemoveOptions {
  readonly force?: boolean;
  readonly noPrune?: boolean;
  /** JSON texts of platforms. */
  readonly platforms?: readonly string[];
}

/** DELETE /images/{name}. */
export function imageRemove(
  engine: Requester,
  name: string,
  options: ImageRemoveOptions = {},
): Promise<ImageDeleteResponseItem[]> {
  const query = { force: options.force, noprune: options.noPrune, platforms: options.platforms };
  return engine.json('DELETE', `/images/${encodeURI(name)}`, { query });
}
