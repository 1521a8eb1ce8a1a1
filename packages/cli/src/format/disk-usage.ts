import type { DiskUsageAnswer, DiskUsageCache, DiskUsageSums, DiskUsageVolume } from '@wharf/client';
import { type ContainerSummary, humanSize, type ImageSummary } from '@wharf/spec';
import type { RowKind } from './columns.ts';

/** What takes disk space, whatever API version told it. Bytes. */
export interface DiskUsage {
  readonly images: Usage<ImageSummary>;
  readonly containers: Usage<ContainerSummary>;
  readonly volumes: Usage<DiskUsageVolume>;
  readonly buildCache: Usage<DiskUsageCache>;
}

/** What one kind of objects takes. */
export interface Usage<Item> {
  readonly total: number;
  readonly active: number;
  readonly size: number;
  readonly reclaimable: number;
  readonly items: readonly Item[];
}

const ACTIVE = ['running', 'paused', 'restarting'];
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

function fromSums<Item>(sums: DiskUsageSums<Item>): Usage<Item> {
  const { TotalCount = 0, ActiveCount = 0, TotalSize = 0, Reclaimable = 0, Items } = sums;
  return { total: TotalCount, active: ActiveCount, size: TotalSize, reclaimable: Reclaimable, items: Items ?? [] };
}

function ofImages(items: readonly ImageSummary[], size: number): Usage<ImageSummary> {
  const used = items.filter(({ Containers }) => Containers !== 0);
  const known = used.filter(({ Size, SharedSize }) => Size !== -1 && SharedSize !== -1);
  const needed = sum(known.map(({ Size, SharedSize }) => Size - SharedSize));
  const active = items.filter(({ Containers }) => Containers > 0).length;
  return { total: items.length, active, size, reclaimable: size - needed, items };
}

function ofContainers(items: readonly ContainerSummary[]): Usage<ContainerSummary> {
  const idle = items.filter(({ State = '' }) => !ACTIVE.includes(State));
  const size = (of: typeof items) => sum(of.map(({ SizeRw }) => SizeRw ?? 0));
  return { total: items.length, active: items.length - idle.length, size: size(items), reclaimable: size(idle), items };
}

function ofVolumes(items: readonly DiskUsageVolume[]): Usage<DiskUsageVolume> {
  const known = items.filter(({ UsageData }) => (UsageData?.Size ?? -1) !== -1);
  const size = (of: typeof items) => sum(of.map(({ UsageData }) => UsageData?.Size ?? 0));
  const idle = known.filter(({ UsageData }) => UsageData?.RefCount === 0);
  const active = items.filter(({ UsageData }) => (UsageData?.RefCount ?? 0) > 0).length;
  return { total: items.length, active, size: size(known), reclaimable: size(idle), items };
}

function ofCache(items: readonly DiskUsageCache[]): Usage<DiskUsageCache> {
  const size = (of: typeof items) => sum(of.map(({ Size }) => Size ?? 0));
  const own = items.filter(({ Shared }) => !Shared);
  const used = own.filter(({ InUse }) => InUse);
  const total = size(own);
  const active = items.filter(({ InUse }) => InUse).length;
  return { total: items.length, active, size: total, reclaimable: total - size(used), items };
}

/** Reads the answer of GET /system/df, of either form. */
export function readDiskUsage(answer: DiskUsageAnswer): DiskUsage {
  const { ImageUsage, ContainerUsage, VolumeUsage, BuildCacheUsage } = answer;
  return {
    images: ImageUsage ? fromSums(ImageUsage) : ofImages(answer.Images ?? [], answer.LayersSize ?? 0),
    containers: ContainerUsage ? fromSums(ContainerUsage) : ofContainers(answer.Containers ?? []),
    volumes: VolumeUsage ? fromSums(VolumeUsage) : ofVolumes(answer.Volumes ?? []),
    buildCache: BuildCacheUsage ? fromSums(BuildCacheUsage) : ofCache(answer.BuildCache ?? []),
  };
}

/** A row of `system df`. */
export interface DiskUsageRow {
  readonly type: string;
  readonly usage: Usage<unknown>;
  /** Tell which part of the whole can be reclaimed. */
  readonly share: boolean;
}

/** The format of `system df` for what `--format` says. */
export function diskUsageFormat(source: string): string {
  if (source === 'raw') {
    return 'type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n';
  }
  if (source !== '' && source !== 'table') return source;
  return 'table {{.Type}}\\t{{.TotalCount}}\\t{{.Active}}\\t{{.Size}}\\t{{.Reclaimable}}';
}

/** The fields of `system df`. */
export const diskUsageRows: RowKind<DiskUsageRow> = {
  type: '*formatter.diskUsageImagesContext',
  columns: {
    Active: { header: 'ACTIVE', text: ({ usage }) => String(usage.active) },
    Reclaimable: { header: 'RECLAIMABLE', text: reclaimable },
    Size: { header: 'SIZE', text: ({ usage }) => humanSize(usage.size) },
    TotalCount: { header: 'TOTAL', text: ({ usage }) => String(usage.total) },
    Type: { header: 'TYPE', text: ({ type }) => type },
  },
};

function reclaimable({ usage: { size, reclaimable }, share }: DiskUsageRow): string {
  const text = humanSize(reclaimable);
  return share && size > 0 ? `${text} (${Math.trunc((reclaimable * 100) / size)}%)` : text;
}

/** The rows of `system df`, in Docker's order. */
export function diskUsageRowsOf({ images, containers, volumes, buildCache }: DiskUsage): DiskUsageRow[] {
  return [
    { type: 'Images', usage: images, share: true },
    { type: 'Containers', usage: containers, share: true },
    { type: 'Local Volumes', usage: volumes, share: true },
    { type: 'Build Cache', usage: buildCache, share: false },
  ];
}
