import type { ImagePort } from '../containers/ports.ts';
import type { ContainerRecord } from '../containers/record.ts';
import type { ContainerStore } from '../containers/store.ts';
import type { EventService } from '../events/event-service.ts';

/** Bytes that a container has written, and those with its image's layers. */
export interface ContainerSize {
  readonly rw: number;
  readonly root: number;
}

export interface ContainerSizesOptions {
  readonly store: ContainerStore;
  readonly images: Pick<ImagePort, 'usage'>;
  readonly events: EventService;
}

/**
 * Sizes of containers. The files of one that rests change only by a start or by a copy into it, so its size is counted
 * once and kept; one that runs is counted at every call. The counting itself is done in a worker thread.
 */
export class ContainerSizes {
  readonly #options: ContainerSizesOptions;
  readonly #kept = new Map<string, { readonly stamp: string; readonly size: Promise<ContainerSize> }>();
  readonly #copies = new Map<string, number>();

  constructor(options: ContainerSizesOptions) {
    this.#options = options;
    options.events.subscribe(({ Type, Action, Actor }) => {
      if (Type !== 'container') return;
      if (Action === 'extract-to-dir') this.#copies.set(Actor.ID, (this.#copies.get(Actor.ID) ?? 0) + 1);
      if (Action === 'destroy') {
        this.#kept.delete(Actor.ID);
        this.#copies.delete(Actor.ID);
      }
    });
  }

  /** Throws NO_SUCH_SNAPSHOT for a container that was removed. `id` is a full ID. */
  usage(id: string): Promise<ContainerSize> {
    const record = this.#options.store.find(id);
    const stamp = record && this.#stamp(record);
    if (stamp === undefined) return this.#options.images.usage(id);
    const known = this.#kept.get(id);
    if (known?.stamp === stamp) return known.size;
    const entry = { stamp, size: this.#options.images.usage(id) };
    this.#kept.set(id, entry);
    entry.size.catch(() => {
      if (this.#kept.get(id) === entry) this.#kept.delete(id);
    });
    return entry.size;
  }

  /** What changes when the files may have changed; undefined while they may at any moment. */
  #stamp({ id, state }: ContainerRecord): string | undefined {
    if (!['created', 'exited', 'dead'].includes(state.status)) return undefined;
    return `${state.startedAt} ${state.finishedAt} ${this.#copies.get(id) ?? 0}`;
  }
}
