import type { ContainerSummary, ImageSummary } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** What one kind of objects takes; bytes. `Items` only when they were asked for. */
export interface DiskUsageSums<Item> {
  readonly ActiveCount?: number;
  readonly TotalCount?: number;
  readonly Reclaimable?: number;
  readonly TotalSize?: number;
  readonly Items?: readonly Item[] | null;
}

/** A volume with what it takes; -1 for what is not known. */
export interface DiskUsageVolume {
  readonly Name: string;
  readonly Driver?: string;
  readonly Mountpoint?: string;
  readonly Scope?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null;
}

/** One record of the build cache. */
export interface DiskUsageCache {
  readonly ID?: string;
  readonly Type?: string;
  readonly Size?: number;
  readonly InUse?: boolean;
  readonly Shared?: boolean;
  readonly CreatedAt?: string;
  readonly LastUsedAt?: string | null;
  readonly UsageCount?: number;
}

/** The answer: sums from API 1.52 on, lists before. */
export interface DiskUsageAnswer {
  readonly LayersSize?: number;
  readonly Images?: readonly ImageSummary[] | null;
  readonly Containers?: readonly ContainerSummary[] | null;
  readonly Volumes?: readonly DiskUsageVolume[] | null;
  readonly BuildCache?: readonly DiskUsageCache[] | null;
  readonly ImageUsage?: DiskUsageSums<ImageSummary>;
  readonly ContainerUsage?: DiskUsageSums<ContainerSummary>;
  readonly VolumeUsage?: DiskUsageSums<DiskUsageVolume>;
  readonly BuildCacheUsage?: DiskUsageSums<DiskUsageCache>;
}

/** GET /system/df: what takes how much disk space. `verbose` asks engines of API 1.52 and newer for every object. */
export function systemDf(engine: Requester, options: { readonly verbose?: boolean } = {}): Promise<DiskUsageAnswer> {
  return engine.json('GET', '/system/df', { query: { ...options } });
}
