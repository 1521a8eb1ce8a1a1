import {
  booleanFilter,
  checkFilterNames,
  type Filters,
  familiarName,
  filterValues,
  matchesLabels,
  NO_FILTERS,
  parseReference,
} from '@wharf/spec';
import { matchesReference } from './reference-pattern.ts';
import type { ImageRecord } from './types.ts';

export interface ImageListOptions {
  /** `dangling`, `label`, `before`, `since`, `until`, `reference`. */
  readonly filters?: Filters;
  /** Milliseconds since 1970 that an `until` filter means; left out when there is none. */
  readonly until?: number;
}

const NAMES = ['dangling', 'label', 'before', 'since', 'until', 'reference'];

/** Newest first, filtered as `docker images --filter` does. Throws INVALID_FILTER, and what `get` throws. */
export function listImages(
  images: readonly ImageRecord[],
  { filters = NO_FILTERS, until }: ImageListOptions,
  get: (nameOrId: string) => ImageRecord,
): ImageRecord[] {
  checkFilterNames(filters, NAMES);
  const dangling = booleanFilter(filters, 'dangling', undefined);
  const before = limit(filters, 'before', get, Math.min) ?? until;
  const since = limit(filters, 'since', get, Math.max);
  const patterns = filterValues(filters, 'reference');
  const kept: ImageRecord[] = [];
  for (const image of images) {
    const created = time(image);
    if (dangling !== undefined && dangling !== (image.repoTags.length === 0)) continue;
    if (before !== undefined && !(created < Math.min(before, until ?? before))) continue;
    if (since !== undefined && !(created > since)) continue;
    if (!matchesLabels(filters, 'label', image.config.config?.Labels ?? {})) continue;
    const named = patterns.length === 0 ? image : onlyMatching(image, patterns);
    if (named) kept.push(named);
  }
  return kept.sort((a, b) => time(b) - time(a) || (a.id < b.id ? -1 : 1));
}

/** With a `reference` filter an image shows only the names that match. */
function onlyMatching(image: ImageRecord, patterns: readonly string[]): ImageRecord | undefined {
  const matches = (text: string) => {
    const reference = parseReference(text);
    return patterns.some((pattern) => matchesReference(pattern, text, familiarName(reference)));
  };
  const repoTags = image.repoTags.filter(matches);
  const repoDigests = image.repoDigests.filter(matches);
  return repoTags.length + repoDigests.length === 0 ? undefined : { ...image, repoTags, repoDigests };
}

function time(image: ImageRecord): number {
  const parsed = Date.parse(image.created);
  return Number.isNaN(parsed) ? 0 : parsed;
}

function limit(
  filters: Filters,
  name: string,
  get: (nameOrId: string) => ImageRecord,
  choose: (...times: number[]) => number,
): number | undefined {
  const values = filterValues(filters, name);
  return values.length === 0 ? undefined : choose(...values.map((value) => time(get(value))));
}
