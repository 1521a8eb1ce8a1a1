import type { ContainerSummary, Filters } from '@wharf/spec';
import { filterValues } from '@wharf/spec';
import type { ContainerSizes } from '../system/container-sizes.ts';
import { checkContainerFilters, containerFilter } from './filters.ts';
import type { ImagePort } from './ports.ts';
import type { ContainerStore } from './store.ts';
import type { ContainerViews } from './views.ts';

/** GET /containers/json: newest first. Throws BAD_CONFIG for unknown filters. `now` in milliseconds. */
export async function listContainers(
  options: { readonly all: boolean; readonly limit: number; readonly size: boolean; readonly filters: Filters },
  parts: {
    readonly store: ContainerStore;
    readonly images: ImagePort;
    readonly views: ContainerViews;
    readonly sizes: ContainerSizes;
    readonly now: number;
  },
): Promise<ContainerSummary[]> {
  const { store, images, views, sizes, now } = parts;
  checkContainerFilters(options.filters);
  const passes = containerFilter(options.filters, store, images);
  const anyState =
    options.all ||
    options.limit > 0 ||
    ['status', 'exited'].some((name) => filterValues(options.filters, name).length > 0);
  const records = store
    .all()
    .filter(
      (record) =>
        (anyState || record.state.status === 'running' || record.state.status === 'restarting') && passes(record),
    )
    .sort((one, other) => (one.created < other.created ? 1 : -1));
  const chosen = options.limit > 0 ? records.slice(0, options.limit) : records;
  const nameOf = remembered(images);
  if (!options.size) return chosen.map((record) => views.summary(record, now, nameOf));
  const rows = chosen.map(async (record) => {
    const summary = views.summary(record, now, nameOf);
    try {
      const { rw, root } = await sizes.usage(record.id);
      return [{ ...summary, SizeRw: rw, SizeRootFs: root }];
    } catch (error) {
      // Removed while it was counted.
      if (!store.has(record)) return [];
      throw error;
    }
  });
  return (await Promise.all(rows)).flat();
}

/** Looks each name up once: many containers are of one image, and every look is a query. */
function remembered(images: ImagePort): ImagePort['nameOf'] {
  const known = new Map<string, string>();
  return (imageId, asked) => {
    const key = `${imageId} ${asked}`;
    const name = known.get(key) ?? images.nameOf(imageId, asked);
    known.set(key, name);
    return name;
  };
}
