import type { ContainerSummary, Filters } from '@wharf/spec';
import { filterValues } from '@wharf/spec';
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
    readonly now: number;
  },
): Promise<ContainerSummary[]> {
  const { store, images, views, now } = parts;
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
  return Promise.all(
    chosen.map(async (record) => {
      const summary = views.summary(record, now);
      if (!options.size) return summary;
      const { rw, root } = await images.usage(record.id);
      return { ...summary, SizeRw: rw, SizeRootFs: root };
    }),
  );
}
