import type { ImageHistoryResponseItem } from '@wharf/spec';
import { fail } from './errors.ts';
import type { ImageRecord } from './types.ts';

/**
 * The steps of an image's making, newest first, as `GET /images/{name}/history` answers them. Only the newest step has an
 * ID and names: the others were never images here. Throws IMAGE_INVALID when the history has more layers than the image.
 */
export function imageHistory(image: ImageRecord): ImageHistoryResponseItem[] {
  const items: ImageHistoryResponseItem[] = [];
  let layer = 0;
  for (const entry of image.config.history ?? []) {
    const { created, created_by: createdBy = '', comment = '', empty_layer: isEmpty = false } = entry;
    const size = isEmpty ? 0 : image.layers[layer]?.size;
    if (size === undefined) throw fail('IMAGE_INVALID', 'too many non-empty layers in History section');
    if (!isEmpty) layer += 1;
    const seconds = Math.floor(Date.parse(created ?? '') / 1000);
    items.unshift({
      Id: '<missing>',
      // Go's zero time, for steps without one.
      Created: Number.isNaN(seconds) ? -62_135_596_800 : seconds,
      CreatedBy: createdBy,
      Tags: null as unknown as string[],
      Size: size,
      Comment: comment,
    });
  }
  const newest = items[0];
  if (newest) items[0] = { ...newest, Id: image.id, Tags: [...image.repoTags] };
  return items;
}
