import { sampleContainers, sampleImages } from './sample-lists.ts';

type Entry = Readonly<Record<string, unknown>>;

/** What `GET /system/df` answers until API 1.51. `now` in seconds since 1970. */
export function sampleDiskUsage(now: number): Entry {
  const sizes = [0, 1_024, 999_999, 12_345_678_901];
  const containers = sampleContainers(now).map((container, at) => ({
    ...container,
    SizeRw: sizes[at % sizes.length],
    SizeRootFs: 5_000_000 + at,
  }));
  const images = sampleImages(now).map((image, at) => ({
    ...image,
    Size: 4_000_000 + at * 1_111_111,
    SharedSize: at % 3 === 0 ? 0 : 1_500_000,
    Containers: at % 2,
  }));
  const volume = (Name: string, Size: number, RefCount: number, Labels: Entry | null = null): Entry => ({
    CreatedAt: '2026-01-02T03:04:05Z',
    Driver: 'local',
    Labels,
    Mountpoint: `/var/lib/wharf/volumes/${Name}/_data`,
    Name,
    Options: null,
    Scope: 'local',
    UsageData: { RefCount, Size },
  });
  const volumes = [
    volume('data', 123_456, 2),
    volume('idle', 7_890_123_456, 0, { a: 'b' }),
    volume('f'.repeat(64), 0, 0),
    volume('foreign', -1, -1),
  ];
  return { LayersSize: 31_234_567, Images: images, Containers: containers, Volumes: volumes, BuildCache: [] };
}
