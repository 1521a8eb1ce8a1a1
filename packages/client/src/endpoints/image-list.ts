import type { ImageSummary } from '@wharf/spec';
import type { Requester } from '../requester.ts';

export interface ImageListOptions {
  readonly all?: boolean;
  /** JSON as `formatFilters` of spec writes it. */
  readonly filters?: string;
  readonly sharedSize?: boolean;
  readonly digests?: boolean;
}

/** GET /images/json. */
export function imageList(engine: Requester, options: ImageListOptions = {}): Promise<ImageSummary[]> {
  const { sharedSize, ...rest } = options;
  return engine.json('GET', '/images/json', { query: { ...rest, 'shared-size': sharedSize } });
}
