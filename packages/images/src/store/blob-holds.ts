import type { ContentStore } from '@wharf/content';
import type { Digest } from '@wharf/spec';
import type { ImageTable } from './image-table.ts';

/** Blobs that a pull needs although no image has them yet. */
export interface BlobHold {
  add(digest: Digest): void;
  /** Ends the hold; blobs that neither an image nor another pull needs are removed. */
  release(): Promise<void>;
}

/** Knows which blobs of the content store may go: those that no image has and no pull holds. */
export class BlobHolds {
  readonly #content: ContentStore;
  readonly #table: ImageTable;
  readonly #held = new Map<Digest, number>();

  constructor(content: ContentStore, table: ImageTable) {
    this.#content = content;
    this.#table = table;
  }

  begin(): BlobHold {
    const mine = new Set<Digest>();
    return {
      add: (digest) => {
        if (mine.has(digest)) return;
        mine.add(digest);
        this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1);
      },
      release: async () => {
        for (const digest of mine) {
          const count = (this.#held.get(digest) ?? 1) - 1;
          if (count > 0) this.#held.set(digest, count);
          else this.#held.delete(digest);
        }
        const digests = [...mine];
        mine.clear();
        await this.collect(digests);
      },
    };
  }

  /** Removes those of the blobs that nobody needs. */
  async collect(digests: readonly Digest[]): Promise<void> {
    for (const digest of digests) {
      if (this.#held.has(digest) || this.#table.needsBlob(digest)) continue;
      await this.#content.delete(digest);
    }
  }
}
