import { createHash } from 'node:crypto';
import type { Database } from '@wharf/kit';
import type { OpRunner } from '@wharf/linux';
import type { Digest, HistoryEntry, ImageConfig } from '@wharf/spec';
import { specialPrograms } from '../special-programs.ts';
import type { ImageTable } from '../store/image-table.ts';
import type { LayerStore } from '../store/layer-store.ts';
import type { LayerRecord } from '../types.ts';
import type { LayerWorkers } from '../workers/layer-workers.ts';

/** Digest of an archive without entries: such a layer is left out of an image. */
const EMPTY: Digest = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

export interface ImageMakerOptions {
  readonly database: Database;
  readonly layers: LayerStore;
  readonly table: ImageTable;
  readonly workers: LayerWorkers;
  readonly ops: OpRunner;
  now(): number;
  sync(path: string): Promise<void>;
}

/** An image to be made on top of layers that are there. */
export interface MakeRequest {
  /** Bottom first; they must not be removed meanwhile. */
  readonly below: readonly LayerRecord[];
  /** The new layer as an uncompressed archive. */
  readonly layer: AsyncIterable<Uint8Array>;
  /** Everything but the layers, whose IDs are filled in, and the last step of the history, which is `step`. */
  readonly config: Omit<ImageConfig, 'rootfs'>;
  readonly step: HistoryEntry;
}

/**
 * Makes local images, one layer on top of others. The layer is unpacked like one that was pulled. Its archive is not
 * kept: written again from its directory, entries in the order of their names, it has the same bytes.
 */
export class ImageMaker {
  readonly #options: ImageMakerOptions;

  constructor(options: ImageMakerOptions) {
    this.#options = options;
  }

  /** Returns the image's ID. Throws what the source throws, and LAYER_UNPACK_FAILED and its like; nothing is left then. */
  async make({ below, layer, config, step }: MakeRequest): Promise<Digest> {
    const { layers, workers } = this.#options;
    const temporary = layers.makeTemporary();
    let release = () => {};
    try {
      const result = await workers.unpack(temporary, layer);
      for (const program of specialPrograms(temporary, result.special)) await this.#options.ops.run(program);
      if (result.times.length > 0) await workers.run('times', { root: temporary, times: result.times });
      const own = result.diffId === EMPTY ? [] : [result.diffId];
      const diffIds = [...below.map(({ diffId }) => diffId), ...own];
      release = layers.hold(diffIds);
      if (own.length === 0) layers.discardTemporary(temporary);
      else layers.place(temporary, result.diffId, result.size);
      return await this.#commit(diffIds, config, { ...step, ...(own.length === 0 && { empty_layer: true }) });
    } catch (error) {
      layers.discardTemporary(temporary);
      throw error;
    } finally {
      release();
    }
  }

  async #commit(diffIds: readonly Digest[], config: MakeRequest['config'], step: HistoryEntry): Promise<Digest> {
    const { database, layers, table } = this.#options;
    const history = [...(config.history ?? []), step];
    const document = Buffer.from(JSON.stringify({ ...config, history, rootfs: { type: 'layers', diff_ids: diffIds } }));
    const id: Digest = `sha256:${createHash('sha256').update(document).digest('hex')}`;
    await this.#options.sync(layers.dir);
    layers.sync();
    database.transaction(() => {
      layers.commit(diffIds);
      const size = diffIds.reduce((sum, diffId) => sum + (layers.find(diffId)?.size ?? 0), 0);
      table.insert({ id, config: document, size, storedAt: this.#options.now() });
      table.setLayers(id, diffIds);
    });
    layers.settle(diffIds);
    await database.durable();
    return id;
  }
}
