import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiskUsage, DiskUsageType } from '../backends/system.ts';
import { startServer } from '../test/harness.ts';
import { diskUsageAnswer } from './disk-usage.ts';

const USAGE = {
  images: {
    layersSize: 1000,
    items: [
      { Id: 'a', Size: 600, SharedSize: 100, Containers: 2, RepoTags: [], RepoDigests: [] },
      { Id: 'b', Size: 500, SharedSize: 100, Containers: 0, RepoTags: [], RepoDigests: [] },
    ],
  },
  containers: [
    { Id: 'c', State: 'running', SizeRw: 7 },
    { Id: 'd', State: 'exited', SizeRw: 30 },
  ],
  volumes: [
    { Name: 'v', UsageData: { Size: 5, RefCount: 1 } },
    { Name: 'w', UsageData: { Size: 20, RefCount: 0 } },
    { Name: 'x', UsageData: { Size: -1, RefCount: -1 } },
  ],
  buildCache: [],
} as unknown as DiskUsage;

test('sums from API 1.52 on, with objects only on demand', () => {
  const sums = diskUsageAnswer(USAGE, '1.55', false);
  assert.deepEqual(JSON.parse(JSON.stringify(sums)), {
    ImageUsage: { ActiveCount: 1, TotalCount: 2, Reclaimable: 500, TotalSize: 1000 },
    ContainerUsage: { ActiveCount: 1, TotalCount: 2, Reclaimable: 30, TotalSize: 37 },
    VolumeUsage: { ActiveCount: 1, TotalCount: 3, Reclaimable: 20, TotalSize: 25 },
    BuildCacheUsage: { ActiveCount: 0, TotalCount: 0, Reclaimable: 0, TotalSize: 0 },
  });
  const verbose = diskUsageAnswer(USAGE, '1.53', true) as Record<string, { Items?: unknown[] }>;
  assert.deepEqual(
    Object.values(verbose).map(({ Items }) => Items?.length),
    [2, 2, 3, 0],
  );
});

test('lists before, and both in 1.52', () => {
  const old = diskUsageAnswer(USAGE, '1.41', false) as { LayersSize: number; Images: { Containers: number }[] };
  assert.deepEqual(Object.keys(old), ['LayersSize', 'Images', 'Containers', 'Volumes', 'BuildCache']);
  // How many containers an image has is told to clients of every version here.
  assert.deepEqual([old.LayersSize, old.Images[0]?.Containers], [1000, 2]);
  assert.equal(Object.keys(diskUsageAnswer(USAGE, '1.52', false)).length, 9);
  const nothing = diskUsageAnswer({ volumes: [] }, '1.50', false);
  assert.deepEqual(nothing, { LayersSize: 0, Images: null, Containers: null, Volumes: [], BuildCache: null });
});

test('types are what clients ask for, from 1.42 on', async () => {
  const asked: DiskUsageType[][] = [];
  const diskUsage = async (types: ReadonlySet<DiskUsageType>) => {
    asked.push([...types]);
    return {};
  };
  await using server = await startServer({ system: { diskUsage } });
  await server.json('/v1.45/system/df?type=volume&type=image');
  await server.json('/v1.45/system/df');
  await server.json('/v1.40/system/df?type=volume');
  assert.deepEqual(
    asked.map((types) => types.length),
    [2, 4, 4],
  );
  const unknown = await server.json('/v1.45/system/df?type=x');
  assert.deepEqual(unknown, { status: 400, value: { message: 'unknown object type: x' } });
  assert.deepEqual((await server.json('/build/prune', { method: 'POST' })).value, {
    CachesDeleted: null,
    SpaceReclaimed: 0,
  });
});
