import type { ContainerSummary, Filters, ImageSummary } from '@wharf/spec';

/** The kinds of objects that disk space is told of. */
export type DiskUsageType = 'container' | 'image' | 'volume' | 'build-cache';

/** A volume in the form of the API. */
export interface VolumeUsage {
  readonly Name: string;
  /** Bytes, -1 for unknown; and how many containers have it. */
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null;
}

/** What takes how much of the disk; only the kinds that were asked for. */
export interface DiskUsage {
  readonly containers?: readonly ContainerSummary[];
  /** `layersSize`: bytes of all layers, each counted once. */
  readonly images?: { readonly items: readonly ImageSummary[]; readonly layersSize: number };
  /** With UsageData. */
  readonly volumes?: readonly VolumeUsage[];
  readonly buildCache?: readonly never[];
}

/** The nouns that take disk space, as far as this needs them. */
export interface DiskUsageParts {
  readonly containers: {
    list(options: {
      readonly all: boolean;
      readonly limit: number;
      readonly size: boolean;
      readonly filters: Filters;
    }): Promise<ContainerSummary[]>;
  };
  readonly images: { usage(): { readonly items: readonly ImageSummary[]; readonly layersSize: number } };
  /** Absent where there are no volumes. */
  readonly volumes?: { usage(): Promise<readonly VolumeUsage[]> };
}

const EVERYTHING = { all: true, limit: 0, size: true, filters: new Map() } as const;

/** Counts what objects of these kinds take. */
export async function measureDisk(parts: DiskUsageParts, types: ReadonlySet<DiskUsageType>): Promise<DiskUsage> {
  const [containers, volumes] = await Promise.all([
    types.has('container') ? parts.containers.list(EVERYTHING) : undefined,
    types.has('volume') ? (parts.volumes?.usage() ?? []) : undefined,
  ]);
  return {
    ...(containers && { containers }),
    ...(types.has('image') && { images: parts.images.usage() }),
    ...(volumes && { volumes }),
    ...(types.has('build-cache') && { buildCache: [] }),
  };
}
