import type { ImageRecord } from '@wharf/images';

/** How the layers of images add up. Bytes. */
export interface LayerSums {
  /** Of all layers, each counted once. */
  readonly total: number;
  /** By image: its layers that another image has too. */
  readonly shared: ReadonlyMap<string, number>;
}

/** Adds up the layers of all images there are. */
export function sumLayers(images: readonly ImageRecord[]): LayerSums {
  const users = new Map<string, { readonly size: number; count: number }>();
  for (const { layers } of images) {
    for (const [diffId, size] of new Map(layers.map((layer) => [layer.diffId, layer.size]))) {
      const known = users.get(diffId);
      if (known) known.count += 1;
      else users.set(diffId, { size, count: 1 });
    }
  }
  const shared = images.map(({ id, layers }) => {
    const common = layers.filter(({ diffId }) => (users.get(diffId)?.count ?? 0) > 1);
    return [id, common.reduce((sum, { size }) => sum + size, 0)] as const;
  });
  return { total: [...users.values()].reduce((sum, { size }) => sum + size, 0), shared: new Map(shared) };
}
