import type { DiskUsage, DiskUsageType, SystemBackend } from '../backends/system.ts';
import { fail } from '../errors.ts';
import { booleanParameter } from '../http/parameters.ts';
import { sendJson } from '../http/reply.ts';
import type { Exchange, Route } from '../http/router.ts';
import { isBefore } from '../http/versions.ts';
import { legacyContainerSummary } from '../shims/container.ts';
import { legacyImageSummary } from '../shims/image.ts';

const TYPES: readonly DiskUsageType[] = ['container', 'image', 'volume', 'build-cache'];
/** States in which a container needs its files. */
const ACTIVE = ['running', 'paused', 'restarting'];

/** The kinds that were asked for; clients older than API 1.42 get all of them. */
function wantedTypes(query: URLSearchParams, version: string): ReadonlySet<DiskUsageType> {
  if (isBefore(version, '1.42') || !query.has('type')) return new Set(TYPES);
  return new Set(
    query.getAll('type').map((text) => {
      const known = TYPES.find((type) => type === text);
      if (known === undefined) throw fail('BAD_PARAMETER', `unknown object type: ${text}`);
      return known;
    }),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
const known = (size: number | null | undefined): number => Math.max(0, size ?? 0);

interface Summary {
  readonly ActiveCount: number;
  readonly TotalCount: number;
  readonly Reclaimable: number;
  readonly TotalSize: number;
  readonly Items?: readonly object[];
}

function images({ images }: DiskUsage, items: readonly object[], verbose: boolean): Summary | undefined {
  if (images === undefined) return undefined;
  const used = images.items.filter(({ Containers }) => Containers > 0);
  const needed = sum(used.map(({ Size, SharedSize }) => Size - known(SharedSize)));
  return {
    ActiveCount: used.length,
    TotalCount: images.items.length,
    Reclaimable: images.layersSize - needed,
    TotalSize: images.layersSize,
    ...(verbose && { Items: items }),
  };
}

function containers({ containers }: DiskUsage, items: readonly object[], verbose: boolean): Summary | undefined {
  if (containers === undefined) return undefined;
  const idle = containers.filter(({ State = '' }) => !ACTIVE.includes(State));
  return {
    ActiveCount: containers.length - idle.length,
    TotalCount: containers.length,
    Reclaimable: sum(idle.map(({ SizeRw }) => known(SizeRw))),
    TotalSize: sum(containers.map(({ SizeRw }) => known(SizeRw))),
    ...(verbose && { Items: items }),
  };
}

function volumes({ volumes }: DiskUsage, verbose: boolean): Summary | undefined {
  if (volumes === undefined) return undefined;
  const idle = volumes.filter(({ UsageData }) => UsageData?.RefCount === 0);
  const size = (of: typeof volumes) => sum(of.map(({ UsageData }) => known(UsageData?.Size)));
  return {
    ActiveCount: volumes.filter(({ UsageData }) => (UsageData?.RefCount ?? 0) > 0).length,
    TotalCount: volumes.length,
    Reclaimable: size(idle),
    TotalSize: size(volumes),
    ...(verbose && { Items: volumes }),
  };
}

function buildCache({ buildCache }: DiskUsage, verbose: boolean): Summary | undefined {
  if (buildCache === undefined) return undefined;
  const used = buildCache.filter(({ InUse }) => InUse);
  const total = sum(buildCache.map(({ Size }) => known(Size)));
  return {
    ActiveCount: used.length,
    TotalCount: buildCache.length,
    Reclaimable: total - sum(used.map(({ Size }) => known(Size))),
    TotalSize: total,
    ...(verbose && { Items: buildCache }),
  };
}

/** The answer for one API version: lists until 1.51, sums from 1.52 on, with lists only when they are asked for. */
export function diskUsageAnswer(usage: DiskUsage, version: string, verbose: boolean): object {
  const imageItems = usage.images?.items.map((image) => withCount(image, version));
  const containerItems = usage.containers?.map((container) => legacyContainerSummary(container, version));
  const legacy = {
    LayersSize: usage.images?.layersSize ?? 0,
    Images: imageItems ?? null,
    Containers: containerItems ?? null,
    Volumes: usage.volumes ?? null,
    BuildCache: usage.buildCache ?? null,
  };
  if (isBefore(version, '1.52')) return legacy;
  return {
    // Version 1.52 has both, for the clients of its time.
    ...(isBefore(version, '1.53') && legacy),
    ImageUsage: images(usage, imageItems ?? [], verbose),
    ContainerUsage: containers(usage, containerItems ?? [], verbose),
    VolumeUsage: volumes(usage, verbose),
    BuildCacheUsage: buildCache(usage, verbose),
  };
}

/** Here the number of containers is told to clients of every version. */
function withCount(image: NonNullable<DiskUsage['images']>['items'][number], version: string): object {
  return { ...legacyImageSummary(image, version), Containers: image.Containers };
}

async function diskUsage(backend: SystemBackend, { res, query, context }: Exchange): Promise<void> {
  const { apiVersion } = context;
  const usage = await backend.diskUsage(wantedTypes(query, apiVersion), context);
  sendJson(res, 200, diskUsageAnswer(usage, apiVersion, booleanParameter(query, 'verbose')));
}

/** Routes that tell of disk space, and the prune of the build cache, in which there is nothing. */
export function diskUsageRoutes(backend: SystemBackend): Route[] {
  return [
    { method: 'GET', path: '/system/df', handle: (exchange) => diskUsage(backend, exchange) },
    {
      method: 'POST',
      path: '/build/prune',
      handle: ({ res }) => sendJson(res, 200, { CachesDeleted: null, SpaceReclaimed: 0 }),
    },
  ];
}
