import type { ImageService, Snapshots } from '@wharf/images';
import { isKind } from '@wharf/kit';
import type { ImageForContainer, ImagePort, Layers } from '../containers/ports.ts';

/** Images and snapshots for the container services. */
export class ImagePortService implements ImagePort {
  readonly #images: ImageService;
  readonly #snapshots: Snapshots;
  readonly #imageOf: (container: string) => string | undefined;

  /** `imageOf` tells from which image a container was made. */
  constructor(images: ImageService, snapshots: Snapshots, imageOf: (container: string) => string | undefined) {
    this.#images = images;
    this.#snapshots = snapshots;
    this.#imageOf = imageOf;
  }

  find(nameOrId: string): ImageForContainer {
    const { id, config } = this.#images.get(nameOrId);
    return { id, config };
  }

  nameOf(imageId: string, asked: string): string {
    return this.#tryFind(asked) === imageId ? asked : imageId;
  }

  #tryFind(name: string): string | undefined {
    try {
      return this.#images.get(name).id;
    } catch {
      return undefined;
    }
  }

  prepare(container: string, imageId: string): Layers {
    return this.#snapshots.prepare(container, this.#images.get(imageId));
  }

  layers(container: string): Layers {
    return this.#snapshots.get(container);
  }

  release(container: string): void {
    this.#snapshots.remove(container);
  }

  emptied(): Promise<void> {
    return this.#snapshots.emptyTrash();
  }

  async usage(container: string): Promise<{ rw: number; root: number }> {
    const rw = await this.#snapshots.usage(container);
    const image = this.#imageOf(container);
    return { rw, root: rw + (image === undefined ? 0 : this.#sizeOf(image)) };
  }

  /** 0 when the image was removed by force. */
  #sizeOf(image: string): number {
    try {
      return this.#images.get(image).size;
    } catch (error) {
      if (isKind(error, 'not_found')) return 0;
      throw error;
    }
  }
}
