import type { DiskUsageCache, DiskUsageVolume } from '@wharf/client';
import { familiarName, humanDuration, humanSize, type ImageSummary, parseReference } from '@wharf/spec';
import type { RowKind } from './columns.ts';
import { type ContainerRow, containerRows } from './container-row.ts';
import type { DiskUsage } from './disk-usage.ts';
import { type ImageRow, imageRows } from './image-row.ts';
import { renderList } from './list.ts';
import { volumeRows } from './volume-row.ts';
import { shortId } from './width.ts';

const IMAGES =
  'table {{.Repository}}\\t{{.Tag}}\\t{{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}\\t{{.SharedSize}}\\t{{.UniqueSize}}\\t{{.Containers}}';
const CONTAINERS =
  'table {{.ID}}\\t{{.Image}}\\t{{.Command}}\\t{{.LocalVolumes}}\\t{{.Size}}\\t{{.RunningFor}}\\t{{.Status}}\\t{{.Names}}';
const VOLUMES = 'table {{.Name}}\\t{{.Links}}\\t{{.Size}}';
const CACHE =
  'table {{.ID}}\\t{{.CacheType}}\\t{{.Size}}\\t{{.CreatedSince}}\\t{{.LastUsedSince}}\\t{{.UsageCount}}\\t{{.Shared}}';

/** A record of the build cache and how it is shown. `now` is in milliseconds since 1970. */
export interface CacheRow {
  readonly record: DiskUsageCache;
  readonly trunc: boolean;
  readonly now: number;
}

/** The fields of a record of the build cache. */
export const cacheRows: RowKind<CacheRow> = {
  type: '*formatter.buildCacheContext',
  columns: {
    CacheType: { header: 'CACHE TYPE', text: ({ record }) => record.Type ?? '' },
    CreatedSince: { header: 'CREATED', text: ({ record, now }) => since(record.CreatedAt, now) },
    ID: { header: 'CACHE ID', text: ({ record, trunc }) => (trunc ? shortId(record.ID ?? '') : (record.ID ?? '')) },
    InUse: { header: 'IN USE', text: ({ record }) => String(record.InUse ?? false) },
    LastUsedSince: { header: 'LAST USED', text: ({ record, now }) => since(record.LastUsedAt ?? undefined, now) },
    Shared: { header: 'SHARED', text: ({ record }) => String(record.Shared ?? false) },
    Size: { header: 'SIZE', text: ({ record }) => humanSize(record.Size ?? 0) },
    UsageCount: { header: 'USAGE', text: ({ record }) => String(record.UsageCount ?? 0) },
  },
};

function since(time: string | undefined, now: number): string {
  return time === undefined ? '' : `${humanDuration(now - Date.parse(time))} ago`;
}

/** Rows of all objects. */
export interface ObjectRows {
  readonly images: readonly ImageRow[];
  readonly containers: readonly ContainerRow[];
  readonly volumes: readonly DiskUsageVolume[];
  readonly cache: readonly CacheRow[];
}

/** The rows; `trunc` for shortened IDs and commands. `now` in milliseconds since 1970. */
export function objectRows(usage: DiskUsage, trunc: boolean, now: number): ObjectRows {
  return {
    images: usage.images.items.map((image) => ({ image, ...firstName(image), digest: '', trunc, now })),
    // Their images' sizes are in the list of images.
    containers: usage.containers.items.map((container) => ({ container: { ...container, SizeRootFs: 0 }, trunc, now })),
    volumes: usage.volumes.items,
    cache: usage.buildCache.items.map((record) => ({ record, trunc, now })),
  };
}

function firstName({ RepoTags }: ImageSummary): { repository: string; tag: string } {
  const name = (RepoTags ?? [])[0] ?? '<none>:<none>';
  try {
    const reference = parseReference(name);
    return { repository: familiarName(reference), tag: reference.tag ?? '<none>' };
  } catch {
    return { repository: '<none>', tag: '<none>' };
  }
}

/** The four tables of `system df -v`. */
export async function objectTables(usage: DiskUsage, now: number): Promise<string> {
  const { images, containers, volumes, cache } = objectRows(usage, true, now);
  const tables = [
    `Images space usage:\n\n${await renderList(imageRows, IMAGES, images)}`,
    `Containers space usage:\n\n${await renderList(containerRows, CONTAINERS, containers)}`,
    `Local Volumes space usage:\n\n${await renderList(volumeRows, VOLUMES, volumes)}`,
    `Build cache usage: ${humanSize(usage.buildCache.size)}\n\n${await renderList(cacheRows, CACHE, cache)}`,
  ];
  return tables.join('\n');
}
