import { type Database, messageOf, WharfError } from '@wharf/kit';
import type { Credentials } from '@wharf/registry';
import { type Digest, digestHex, familiarString, type Platform, type Reference } from '@wharf/spec';
import { fail } from '../errors.ts';
import type { BlobHold, BlobHolds } from '../store/blob-holds.ts';
import { type ImageName, type ImageTable, repositoryName } from '../store/image-table.ts';
import type { LayerStore } from '../store/layer-store.ts';
import type { LayerWorkers } from '../workers/layer-workers.ts';
import { throwIfCancelled } from './cancel.ts';
import { DocumentFetcher, type ImageDocuments, type ImageSource } from './image-documents.ts';
import { LayerPull, type LayerPullOptions, type PulledLayer } from './layer-pull.ts';
import { layerEvent, progressEvent } from './progress.ts';
import { type Listener, Transfers } from './transfers.ts';

export interface PullerOptions extends LayerPullOptions {
  readonly database: Database;
  readonly table: ImageTable;
  readonly blobs: BlobHolds;
  readonly source: ImageSource;
  readonly layers: LayerStore;
  readonly workers: LayerWorkers;
  /** Makes everything written so far durable. */
  sync(path: string): Promise<void>;
}

export interface PullRequest {
  readonly platform: Platform;
  readonly explicit: boolean;
  readonly credentials?: Credentials;
  readonly signal?: AbortSignal;
  readonly onEvent: Listener;
}

interface HeldRequest extends PullRequest {
  readonly hold: BlobHold;
}

/** One layer on its way, as the messages speak of it. */
interface LayerJob {
  readonly diffId: Digest;
  /** Twelve digits of the compressed blob's digest. */
  readonly id: string;
  readonly size: number;
  readonly position: number;
}

/** Pulls images: documents, then all layers in parallel, then one transaction that makes the image exist. */
export class Puller {
  readonly #options: PullerOptions;
  readonly #documents: DocumentFetcher;
  readonly #layerPull: LayerPull;
  readonly #transfers = new Transfers<PulledLayer>();

  constructor(options: PullerOptions) {
    this.#options = options;
    this.#documents = new DocumentFetcher(options.source, options.content);
    this.#layerPull = new LayerPull(options);
  }

  /** Returns the image's ID. `reference` has a tag or a digest. See `ImageService.pull` for errors. */
  async pull(reference: Reference, request: PullRequest): Promise<Digest> {
    const controller = new AbortController();
    const stop = () => controller.abort(request.signal?.reason);
    request.signal?.addEventListener('abort', stop);
    if (request.signal?.aborted) stop();
    const hold = this.#options.blobs.begin();
    try {
      return await this.#pull(reference, { ...request, hold }, controller);
    } catch (error) {
      throwIfCancelled(request.signal);
      if (error instanceof WharfError) throw error;
      throw fail('PULL_FAILED', messageOf(error), { cause: error });
    } finally {
      // What is still running for this pull alone has nobody to wait for it.
      controller.abort();
      request.signal?.removeEventListener('abort', stop);
      await hold.release();
    }
  }

  async #pull(reference: Reference, request: HeldRequest, controller: AbortController): Promise<Digest> {
    const { onEvent } = request;
    throwIfCancelled(controller.signal);
    if (!this.#options.table.lookup(asked(reference))) this.#options.workers.warm();
    const documents = await this.#documents.fetch(reference, { ...request, signal: controller.signal });
    onEvent({ status: `Pulling from ${reference.repository}`, id: reference.digest ?? reference.tag ?? 'latest' });
    const diffIds = documents.config.rootfs.diff_ids;
    if (this.#options.keepBlobs) for (const layer of documents.manifest.layers) request.hold.add(layer.digest);
    const release = this.#options.layers.hold(diffIds);
    try {
      const id = documents.manifest.config.digest;
      if (!this.#options.table.get(id)) await this.#layers(reference, documents, request, controller);
      const changed = await this.#commit(reference, documents);
      onEvent({ status: `Digest: ${documents.digest}` });
      const outcome = changed ? 'Downloaded newer image for' : 'Image is up to date for';
      onEvent({ status: `Status: ${outcome} ${familiarString(reference)}` });
      return id;
    } finally {
      release();
    }
  }

  async #layers(
    reference: Reference,
    documents: ImageDocuments,
    request: PullRequest,
    controller: AbortController,
  ): Promise<void> {
    const jobs: LayerJob[] = [];
    const seen = new Set<Digest>();
    for (const [position, descriptor] of documents.manifest.layers.entries()) {
      const diffId = documents.config.rootfs.diff_ids[position];
      if (diffId === undefined || seen.has(diffId)) continue;
      seen.add(diffId);
      const id = digestHex(descriptor.digest).slice(0, 12);
      const exists = this.#options.layers.find(diffId) !== undefined;
      request.onEvent(layerEvent(id, exists ? 'Already exists' : 'Pulling fs layer'));
      if (!exists) jobs.push({ diffId, id, size: descriptor.size, position });
    }
    const running = jobs.map((job) => this.#layer(job, reference, documents, request, controller));
    try {
      await this.#complete(jobs, running, documents, request.onEvent, controller.signal);
    } catch (error) {
      controller.abort();
      await Promise.allSettled(running);
      throw error;
    }
  }

  async #layer(
    job: LayerJob,
    reference: Reference,
    { manifest, endpoint }: ImageDocuments,
    { credentials, onEvent }: PullRequest,
    controller: AbortController,
  ): Promise<PulledLayer> {
    const descriptor = manifest.layers[job.position];
    if (!descriptor) throw fail('IMAGE_INVALID', 'image manifest lacks a layer');
    const access = { endpoint, ...(credentials && { credentials }) };
    return await this.#transfers.join(job.diffId, controller.signal, onEvent, (context) =>
      this.#layerPull.pull(
        { descriptor, diffId: job.diffId },
        job.id,
        this.#opener(reference, descriptor, access),
        context,
      ),
    );
  }

  #opener(
    reference: Reference,
    descriptor: ImageDocuments['manifest']['layers'][number],
    access: { endpoint: ImageDocuments['endpoint']; credentials?: Credentials },
  ) {
    const { content, source } = this.#options;
    return async (offset: number, signal: AbortSignal) => {
      const kept = await content.info(descriptor.digest);
      if (kept?.size === descriptor.size)
        return { stream: await content.open(descriptor.digest, { start: offset }), offset };
      return await source.blob(reference, descriptor, { ...access, offset, signal });
    };
  }

  /** Says "complete" strictly from the bottom up, as Docker does; fails as soon as any layer fails. */
  async #complete(
    jobs: readonly LayerJob[],
    running: readonly Promise<PulledLayer>[],
    documents: ImageDocuments,
    onEvent: Listener,
    signal: AbortSignal,
  ): Promise<void> {
    const inOrder = async () => {
      for (const [at, job] of jobs.entries()) {
        const pulled = await running[at];
        onEvent(progressEvent(job.id, 'Extracting', job.size, job.size));
        if (pulled) await this.#adopt(pulled, documents.config.rootfs.diff_ids.slice(0, job.position), signal);
        onEvent(layerEvent(job.id, 'Pull complete'));
      }
    };
    await Promise.all([inOrder(), ...running]);
  }

  async #adopt({ layer, implied }: PulledLayer, below: readonly Digest[], signal: AbortSignal): Promise<void> {
    if (implied.length === 0) return;
    const lower = below.map((diffId) => this.#options.layers.find(diffId)?.dir).filter((dir) => dir !== undefined);
    const directories = [...implied];
    await this.#options.workers.run('adopt', { root: layer.dir, lower: lower.reverse(), directories }, signal);
  }

  /** Makes the image and its name exist. True when the name did not stand for this image before. */
  async #commit(reference: Reference, documents: ImageDocuments): Promise<boolean> {
    const { database, layers, table } = this.#options;
    const { manifest, config, configBytes, manifestDigest, blobs, digest } = documents;
    const id = manifest.config.digest;
    const diffIds = config.rootfs.diff_ids;
    if (!table.get(id)) {
      await this.#options.sync(layers.dir);
      layers.sync();
    }
    const name = repositoryName(reference);
    const wanted = asked(reference);
    const now = this.#options.now();
    const changed = database.transaction(() => {
      const before = table.lookup(wanted);
      layers.commit(diffIds);
      const size = diffIds.reduce((sum, diffId) => sum + (layers.find(diffId)?.size ?? 0), 0);
      table.insert({ id, config: configBytes, size, storedAt: now, manifest: manifestDigest });
      table.setLayers(id, diffIds);
      table.addBlobs(id, [...blobs, ...(this.#options.keepBlobs ? manifest.layers.map((layer) => layer.digest) : [])]);
      for (const [at, layer] of manifest.layers.entries()) {
        const diffId = diffIds[at];
        if (diffId)
          table.addSource({ diffId, name, digest: layer.digest, mediaType: layer.mediaType, size: layer.size });
      }
      if (before !== id) table.addName(id, wanted, now);
      table.addName(id, { name, digest }, now);
      return before !== id;
    });
    layers.settle(diffIds);
    await database.durable();
    return changed;
  }
}

/** The name that the pull is about: by digest when the reference has one. */
function asked(reference: Reference): ImageName {
  const name = repositoryName(reference);
  return reference.digest ? { name, digest: reference.digest } : { name, tag: reference.tag ?? 'latest' };
}
