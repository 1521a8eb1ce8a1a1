import type { ImageRecord, ImageService } from '@wharf/images';
import { isKind } from '@wharf/kit';
import { booleanFilter, checkFilterNames, type Filters, type ImageDeleteResponseItem } from '@wharf/spec';
import { type PruneHow, pruneFilter } from '../containers/prune.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';

export interface ImagePrunerParts {
  readonly images: ImageService;
  readonly events: EventService;
  /** IDs of the containers that were made from an image. */
  readonly containersOf: (imageId: string) => readonly string[];
}

/** What a prune of images took away; bytes of layers that no other image has. */
export interface ImagesPruned {
  readonly ImagesDeleted: ImageDeleteResponseItem[] | null;
  readonly SpaceReclaimed: number;
}

/** Removes images that no container uses. One prune at a time. */
export class ImagePruner {
  readonly #parts: ImagePrunerParts;
  #busy = false;

  constructor(parts: ImagePrunerParts) {
    this.#parts = parts;
  }

  /**
   * Removes images without a name, or with the filter `dangling=false` all; a dry run only tells which. `now` in milliseconds. Throws BAD_CONFIG or
   * INVALID_FILTER for a filter that does not exist or fit, PRUNE_RUNNING.
   */
  async prune(filters: Filters, now: number, how: PruneHow): Promise<ImagesPruned> {
    checkFilterNames(filters, ['dangling', 'label', 'label!', 'until']);
    const dangling = booleanFilter(filters, 'dangling', true);
    const passes = pruneFilter(filters, now);
    const choose = () =>
      this.#parts.images
        .list()
        .filter((image) => !dangling || image.repoTags.length === 0)
        .filter((image) => passes(image.created, image.config.config?.Labels));
    if (how.dryRun) return this.#preview(choose(), how.without ?? new Set());
    if (this.#busy) throw fail('PRUNE_RUNNING', 'a prune operation is already running');
    this.#busy = true;
    try {
      return await this.#remove(choose(), how.signal);
    } finally {
      this.#busy = false;
    }
  }

  #preview(chosen: readonly ImageRecord[], without: ReadonlySet<string>): ImagesPruned {
    const { images, containersOf } = this.#parts;
    const unused = chosen.filter(({ id }) => containersOf(id).every((container) => without.has(container)));
    const { answer, bytes } = images.previewRemoval(
      unused.map(({ id }) => id),
      without,
    );
    return { ImagesDeleted: answer.length > 0 ? [...answer] : null, SpaceReclaimed: bytes };
  }

  async #remove(chosen: readonly ImageRecord[], signal: AbortSignal): Promise<ImagesPruned> {
    const { images, events, containersOf } = this.#parts;
    const before = images.layerSizes();
    const deleted: ImageDeleteResponseItem[] = [];
    for (const image of chosen) {
      if (signal.aborted) break;
      if (containersOf(image.id).length > 0) continue;
      deleted.push(...(await this.#removeOne(image)));
    }
    const after = images.layerSizes();
    const gone = [...before].filter(([diffId]) => !after.has(diffId));
    const space = gone.reduce((sum, [, size]) => sum + size, 0);
    events.publish('image', 'prune', '', { reclaimed: String(space) });
    return { ImagesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: space };
  }

  /** Name by name, as an image with several cannot be removed at once without force. */
  async #removeOne(image: ImageRecord): Promise<ImageDeleteResponseItem[]> {
    const { images } = this.#parts;
    const answer: ImageDeleteResponseItem[] = [];
    try {
      for (const name of image.repoTags) answer.push(...(await images.remove(name)));
      // Without a tag there may be digests still, or nothing but the ID.
      const left = images.list().some(({ id }) => id === image.id);
      if (left) answer.push(...(await images.remove(image.id, { force: true })));
    } catch (error) {
      // A container was made from it meanwhile, or somebody else removed it: both are no failure of the prune.
      if (!isKind(error, 'conflict') && !isKind(error, 'not_found')) throw error;
    }
    return answer;
  }
}
