import { mkdirSync } from 'node:fs';
import type { ContentStore } from '@wharf/content';
import { type Clock, type Database, type Logger, messageOf } from '@wharf/kit';
import type { OpRunner } from '@wharf/linux';
import type { Credentials } from '@wharf/registry';
import {
  type Digest,
  familiarName,
  familiarString,
  type ImageHistoryResponseItem,
  type Platform,
  parseReference,
  type Reference,
  withDefaultTag,
} from '@wharf/spec';
import { chainIds } from './chain-id.ts';
import { fail } from './errors.ts';
import { imageHistory } from './history.ts';
import { ImageMaker, type MakeRequest } from './make/image-maker.ts';
import { wantedPlatform } from './platform.ts';
import type { ImageSource } from './pull/image-documents.ts';
import { Puller } from './pull/puller.ts';
import { Slots } from './pull/slots.ts';
import { previewRemoval, type RemovalPreview } from './removal-preview.ts';
import { planRemoval } from './remove-plan.ts';
import { isIdPrefix, resolveImage } from './resolve.ts';
import { Snapshots } from './snapshots.ts';
import { BlobHolds } from './store/blob-holds.ts';
import { type ImageName, ImageTable, nameReference, repositoryName } from './store/image-table.ts';
import { LayerStore } from './store/layer-store.ts';
import { Trash } from './store/trash.ts';
import { syncFilesystem } from './sync-filesystem.spawn.ts';
import type { ImageEvent, ImageRecord, ImageUse, PullEvent, WantedPlatform } from './types.ts';
import { LayerWorkers } from './workers/layer-workers.ts';

export interface ImageServiceOptions {
  /** Directory of layers, snapshots and what is on its way in or out; one file system. */
  readonly root: string;
  readonly database: Database;
  /** Documents (and, on demand, blobs) of images. Must not be shared: what no image needs is removed from it. */
  readonly content: ContentStore;
  readonly registry: ImageSource;
  /** Makes device nodes and extended attributes. */
  readonly ops: OpRunner;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Program of the worker threads. */
  readonly workerUrl: URL;
  /** Threads at a time (2), and layers that are downloaded at a time (3, as Docker). */
  readonly workers?: number;
  readonly downloads?: number;
  /**
   * Keep compressed layers after unpacking (false). Manifests and configurations are always kept, and for each layer
   * which repository has which blob, so that a push can mount it or fetch it again.
   */
  readonly keepBlobs?: boolean;
  /** What images run here when nobody asks for another platform. */
  readonly platform?: Platform;
  /** Containers that were made from the image. */
  inUse(imageId: Digest): readonly ImageUse[];
  onEvent(event: ImageEvent): void;
  /** Makes a file system's writes durable; default sync(1). */
  sync?(path: string): Promise<void>;
  /** Milliseconds that an idle thread stays (5000), and that a second of a retry's pause takes (1000). */
  readonly idleMs?: number;
  readonly secondMs?: number;
}

export interface PullOptions {
  readonly platform?: WantedPlatform;
  readonly credentials?: Credentials;
  readonly signal?: AbortSignal;
  onEvent(event: PullEvent): void;
}

/** Node's names of architectures, in the words of images. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** The local images: pulled, named, listed, removed. Their layers are directories that overlayfs stacks. */
export class ImageService {
  /** Writable layers on top of images. */
  readonly snapshots: Snapshots;
  readonly #options: ImageServiceOptions;
  readonly #table: ImageTable;
  readonly #blobs: BlobHolds;
  readonly #layers: LayerStore;
  readonly #trash: Trash;
  readonly #workers: LayerWorkers;
  readonly #puller: Puller;
  readonly #maker: ImageMaker;
  readonly #host: Platform;
  readonly #stopping = new AbortController();
  readonly #pulls = new Set<Promise<Digest>>();

  constructor(options: ImageServiceOptions) {
    const { root, database, content, ops, logger, clock, workerUrl, idleMs, secondMs } = options;
    mkdirSync(root, { recursive: true, mode: 0o711 });
    this.#options = options;
    this.#host = options.platform ?? {
      os: 'linux',
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
    };
    const idle = idleMs === undefined ? {} : { idleMs };
    this.#workers = new LayerWorkers({ workerUrl, size: options.workers ?? 2, ...idle });
    this.#trash = new Trash({ root, workers: this.#workers, logger });
    this.#table = new ImageTable(database);
    this.#blobs = new BlobHolds(content, this.#table);
    this.#layers = new LayerStore({ root, database, trash: this.#trash });
    const stores = { root, database, layers: this.#layers, trash: this.#trash, workers: this.#workers };
    this.snapshots = new Snapshots(stores);
    const sync = options.sync ?? syncFilesystem;
    const maker = { ...stores, ops, table: this.#table, now: () => clock.now(), sync };
    this.#maker = new ImageMaker(maker);
    this.#puller = new Puller({
      ...stores,
      content,
      ops,
      logger,
      table: this.#table,
      blobs: this.#blobs,
      source: options.registry,
      slots: new Slots(options.downloads ?? 3),
      keepBlobs: options.keepBlobs ?? false,
      now: () => clock.now(),
      sync,
      ...(secondMs !== undefined && { secondMs }),
    });
  }

  /** Cleans up after a crash. To be called before anything else. */
  async start(): Promise<void> {
    const { logger, content } = this.#options;
    this.snapshots.reconcile();
    for (const diffId of this.#layers.reconcile()) {
      // Only a damaged disk does this. Without its images the layer is fetched again by the next pull.
      logger.error('a layer has lost its directory; its images are removed', { diffId });
      for (const id of this.#table.withLayer(diffId)) await this.#delete(id);
    }
    const needed = this.#table.neededBlobs();
    for await (const { digest } of content.list()) if (!needed.has(digest)) await content.delete(digest);
    for await (const { key } of content.pending()) await content.discard(key);
    this.#trash.empty().catch((error: unknown) => {
      logger.warn('cannot empty the trash of the image store', { error: messageOf(error) });
    });
  }

  /** Gives up the pulls that are under way and ends the worker threads. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#pulls);
    await this.#workers.stop();
  }

  /** Resolves when everything that was removed so far is gone from the disk. */
  async emptyTrash(): Promise<void> {
    await this.#trash.empty();
  }

  /**
   * Fetches an image. A reference without tag and digest means `latest`. Several pulls of the same layers share the work.
   * Throws what the registry client throws, NO_MATCHING_MANIFEST, IMAGE_*, LAYER_*, PULL_*; leaves nothing behind then.
   */
  async pull(reference: Reference, options: PullOptions): Promise<ImageRecord> {
    const named = withDefaultTag(reference);
    const { platform, credentials, signal, onEvent } = options;
    const pull = this.#puller.pull(named, {
      platform: wantedPlatform(platform, this.#host),
      explicit: platform?.architecture !== undefined,
      signal: signal ? AbortSignal.any([signal, this.#stopping.signal]) : this.#stopping.signal,
      onEvent,
      ...(credentials && { credentials }),
    });
    this.#pulls.add(pull);
    const id = await pull.finally(() => this.#pulls.delete(pull));
    this.#event('pull', familiarString(named), familiarName(named), id);
    return this.#record(id);
  }

  /** Throws NO_SUCH_IMAGE ("No such image: x:latest"), INVALID_REFERENCE. */
  get(nameOrId: string): ImageRecord {
    return this.#record(resolveImage(this.#table, nameOrId));
  }

  /** All images, newest first. */
  list(): ImageRecord[] {
    const time = (image: ImageRecord) => Date.parse(image.created) || 0;
    const images = this.#table.all().map((row) => this.#record(row.id));
    return images.sort((a, b) => time(b) - time(a) || (a.id < b.id ? -1 : 1));
  }

  /** Bytes of every layer on the disk. */
  layerSizes(): Map<Digest, number> {
    return new Map([...this.#layers.withUsers()].map(([diffId, { size }]) => [diffId, size]));
  }

  /**
   * What removing all these images would take away; images that are gone are passed over. The snapshots in `without`
   * are taken for removed.
   */
  previewRemoval(ids: readonly Digest[], without: ReadonlySet<string> = new Set()): RemovalPreview {
    const images = ids
      .filter((id) => this.#table.get(id) !== undefined)
      .map((id) => ({ id, names: this.#table.names(id), diffIds: this.#table.layerIds(id) }));
    return previewRemoval(images, this.#layers.withUsers(without));
  }

  /** Makes an image on top of layers of others; it has no name yet. See `ImageMaker.make` for errors. */
  make(request: MakeRequest): Promise<Digest> {
    return this.#maker.make(request);
  }

  /** Throws as `get`. */
  history(nameOrId: string): ImageHistoryResponseItem[] {
    return imageHistory(this.get(nameOrId));
  }

  /** Gives the image one more name; an image that had it loses it. Throws as `get`, INVALID_TAG. */
  async tag(source: string, target: Reference): Promise<void> {
    if (target.digest !== undefined) throw fail('INVALID_TAG', 'refusing to create a tag with a digest reference');
    if (familiarName(target) === 'sha256') {
      throw fail('INVALID_TAG', 'refusing to create an ambiguous tag using digest algorithm as name');
    }
    const id = resolveImage(this.#table, source);
    const { tag = 'latest' } = target;
    const now = this.#options.clock.now();
    this.#options.database.transaction(() => {
      this.#table.addName(id, { name: repositoryName(target), tag }, now);
    });
    await this.#options.database.durable();
    this.#event('tag', id, familiarString({ ...target, tag }), id);
  }

  /**
   * Takes a name away and, with the last one, the image. Answers what Docker answers, in its order. Throws as `get`,
   * IMAGE_IN_USE. `noprune` keeps untagged parents, which images from registries do not have.
   */
  async remove(
    nameOrId: string,
    options: { force?: boolean; noprune?: boolean } = {},
  ): Promise<({ Untagged: string } | { Deleted: string })[]> {
    const id = resolveImage(this.#table, nameOrId);
    const name = isIdPrefix(id, nameOrId) ? undefined : nameOf(nameOrId);
    const plan = planRemoval({
      id,
      asked: nameOrId,
      ...(name && { name }),
      names: this.#table.names(id),
      uses: this.#options.inUse(id),
      force: options.force ?? false,
    });
    const answer: ({ Untagged: string } | { Deleted: string })[] = [];
    const chain = this.#record(id).layers.map((layer) => layer.diffId);
    this.#options.database.transaction(() => {
      for (const each of plan.untag) this.#table.removeName(each);
    });
    for (const each of plan.untag) {
      answer.push({ Untagged: familiarString(nameReference(each)) });
      this.#event('untag', id, id, id);
    }
    if (plan.removeImage) {
      const labels = this.#labels(id);
      const gone = await this.#delete(id);
      this.#options.onEvent({ action: 'delete', id, attributes: { ...labels, name: id } });
      answer.push({ Deleted: id }, ...deletedChains(chain, gone));
    } else {
      await this.#options.database.durable();
    }
    return answer;
  }

  /** Removes the image's rows, then what nobody else needs; returns the layers that went. */
  async #delete(id: Digest): Promise<ReadonlySet<Digest>> {
    const { database } = this.#options;
    const diffIds = this.#table.layerIds(id);
    const blobs = database.transaction(() => this.#table.delete(id));
    // Layers must not go before the record of the image has gone for good.
    await database.durable();
    this.#layers.collect(diffIds);
    await this.#blobs.collect(blobs);
    return new Set(diffIds.filter((diffId) => !this.#layers.find(diffId)));
  }

  #record(id: Digest): ImageRecord {
    const row = this.#table.get(id);
    if (!row) throw fail('NO_SUCH_IMAGE', `No such image: ${id}`);
    const names = this.#table.names(id);
    const texts = (kind: 'tag' | 'digest') =>
      names.filter((each) => each[kind] !== undefined).map((each) => familiarString(nameReference(each)));
    return {
      id,
      config: row.config,
      configSize: row.configSize,
      repoTags: texts('tag').sort(),
      repoDigests: texts('digest').sort(),
      layers: this.#layers.ofImage(id),
      size: row.size,
      created: row.config.created ?? '0001-01-01T00:00:00Z',
      lastTagged: row.taggedAt,
      ...(row.manifest && { manifest: row.manifest }),
    };
  }

  #labels(id: Digest): Record<string, string> {
    return { ...this.#table.get(id)?.config.config?.Labels };
  }

  #event(action: ImageEvent['action'], id: string, name: string, image: Digest): void {
    this.#options.onEvent({ action, id, attributes: { ...this.#labels(image), name } });
  }
}

function nameOf(text: string): ImageName {
  const reference = withDefaultTag(parseReference(text));
  const { tag, digest } = reference;
  const name = repositoryName(reference);
  return digest === undefined ? { name, ...(tag !== undefined && { tag }) } : { name, digest };
}

/** The stacks of layers that no image has any more, topmost first. */
function deletedChains(diffIds: readonly Digest[], gone: ReadonlySet<Digest>): { Deleted: string }[] {
  const deleted = chainIds(diffIds).filter((_, at) => gone.has(diffIds[at] as Digest));
  return deleted.reverse().map((Deleted) => ({ Deleted }));
}
