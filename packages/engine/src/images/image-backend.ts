import type { ImageRecord, ImageService } from '@wharf/images';
import type { Clock } from '@wharf/kit';
import {
  checkFilterNames,
  type Filters,
  familiarName,
  filterValues,
  type ImageDeleteResponseItem,
  type ImageHistoryResponseItem,
  type ImageInspect,
  type ImageSummary,
  matchesLabels,
  type ProgressMessage,
  parseReference,
  type Reference,
  withDefaultTag,
} from '@wharf/spec';
import { fail } from '../errors.ts';
import { untilMillis } from '../until.ts';
import type { ImagePruner, ImagesPruned } from './prune-images.ts';
import { imageMatchesReference } from './reference-filter.ts';
import { sumLayers } from './shared-sizes.ts';

/** Lists the tags of a repository at its registry. */
export type ListTags = (
  reference: Reference,
  options: { readonly signal: AbortSignal; readonly credentials?: PullInput['credentials'] & object },
) => Promise<string[]>;

interface PullInput {
  readonly reference: string;
  readonly allTags: boolean;
  readonly platform?: { readonly os: string; readonly architecture?: string; readonly variant?: string };
  readonly credentials?: {
    readonly username?: string;
    readonly password?: string;
    readonly identityToken?: string;
    readonly registryToken?: string;
  };
  readonly onEvent: (message: ProgressMessage) => void;
}

const FILTERS = ['before', 'dangling', 'label', 'label!', 'reference', 'since', 'until'];

/** The noun "image" as the API's routes see it, over the image service. */
export class ImageBackendService {
  readonly #images: ImageService;
  readonly #clock: Clock;
  readonly #containersOf: (imageId: string) => number;
  readonly #pruner: ImagePruner;
  readonly #tags: ListTags;
  readonly #idle: (filters: Filters, now: number) => readonly string[];

  constructor(options: {
    readonly images: ImageService;
    readonly clock: Clock;
    readonly containersOf: (imageId: string) => number;
    readonly pruner: ImagePruner;
    readonly tags: ListTags;
    /** IDs of the containers that a prune with these filters would take. `now` in milliseconds. */
    readonly idle: (filters: Filters, now: number) => readonly string[];
  }) {
    this.#idle = options.idle;
    this.#tags = options.tags;
    this.#images = options.images;
    this.#clock = options.clock;
    this.#containersOf = options.containersOf;
    this.#pruner = options.pruner;
  }

  async pull(input: PullInput, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const reference = parseReference(input.reference);
    if (input.allTags) await this.#pullAll(reference, input, signal);
    else await this.#pullOne(withDefaultTag(reference), input, signal, input.onEvent);
  }

  async #pullOne(
    reference: Reference,
    input: PullInput,
    signal: AbortSignal,
    onEvent: PullInput['onEvent'],
  ): Promise<void> {
    await this.#images.pull(reference, {
      ...(input.platform ? { platform: input.platform } : {}),
      ...(input.credentials ? { credentials: input.credentials } : {}),
      signal,
      onEvent: (event) => onEvent(event as ProgressMessage),
    });
  }

  /** `pull --all-tags`: one tag after the other, and one status at the end. */
  async #pullAll(reference: Reference, input: PullInput, signal: AbortSignal): Promise<void> {
    const { registry, repository } = reference;
    const credentials = input.credentials ? { credentials: input.credentials } : {};
    const tags = await this.#tags({ registry, repository }, { signal, ...credentials });
    let changed = false;
    const onEvent = (message: ProgressMessage) => {
      if (message.status?.startsWith('Status: ')) changed ||= message.status.includes('Downloaded');
      else input.onEvent(message);
    };
    for (const tag of tags) await this.#pullOne({ registry, repository, tag }, input, signal, onEvent);
    const name = familiarName({ registry, repository });
    input.onEvent({ status: `Status: ${changed ? 'Downloaded newer image for' : 'Image is up to date for'} ${name}` });
  }

  async list(options: {
    readonly all: boolean;
    readonly filters: Filters;
    readonly sharedSize?: boolean;
  }): Promise<ImageSummary[]> {
    const { filters } = options;
    checkFilterNames(filters, FILTERS);
    const created = (name: string) => filterValues(filters, name).map((key) => this.#images.get(key).created)[0];
    const [before, since] = [created('before'), created('since')];
    const dangling = filterValues(filters, 'dangling')[0];
    if (dangling !== undefined && !/^(1|t|true|0|f|false)$/i.test(dangling)) {
      throw fail('BAD_CONFIG', `invalid filter 'dangling=[${dangling}]'`);
    }
    const until = filterValues(filters, 'until').map((text) => untilMillis(text, this.#clock.now()))[0];
    const images = this.#images.list();
    const sums = options.sharedSize ? sumLayers(images) : undefined;
    return images
      .filter(
        (image) =>
          (dangling === undefined || (image.repoTags.length === 0) === /^(1|t|true)$/i.test(dangling)) &&
          (before === undefined || image.created < before) &&
          (since === undefined || image.created > since) &&
          (until === undefined || Date.parse(image.created) < until) &&
          matchesLabels(filters, 'label', image.config.config?.Labels ?? {}) &&
          (!filters.has('label!') ||
            !matchesLabels(
              new Map([['label', filterValues(filters, 'label!')]]),
              'label',
              image.config.config?.Labels ?? {},
            )) &&
          imageMatchesReference(image, filterValues(filters, 'reference')),
      )
      .map((image) => this.#summary(image, filterValues(filters, 'reference'), sums?.shared.get(image.id)));
  }

  /** All images with the bytes that they share, and the bytes of all layers. */
  usage(): { items: ImageSummary[]; layersSize: number } {
    const images = this.#images.list();
    const { total, shared } = sumLayers(images);
    return { items: images.map((image) => this.#summary(image, [], shared.get(image.id))), layersSize: total };
  }

  #summary(image: ImageRecord, patterns: readonly string[], sharedSize = -1): ImageSummary {
    const shown =
      patterns.length === 0
        ? image.repoTags
        : image.repoTags.filter((tag) =>
            imageMatchesReference({ ...image, repoTags: [tag], repoDigests: [] }, patterns),
          );
    return {
      Id: image.id,
      ParentId: '',
      RepoTags: [...shown],
      RepoDigests: image.repoDigests.filter((digest) =>
        imageMatchesReference({ repoTags: [], repoDigests: [digest] }, patterns),
      ),
      Created: Math.floor(Date.parse(image.created) / 1000),
      Size: image.size,
      SharedSize: sharedSize,
      Labels: { ...image.config.config?.Labels },
      Containers: this.#containersOf(image.id),
    };
  }

  async inspect(name: string): Promise<ImageInspect> {
    const image = this.#images.get(name);
    const { config } = image;
    const layers = image.layers.map(({ dir }) => dir).toReversed();
    const [upper = '', ...lower] = layers;
    return {
      Id: image.id,
      RepoTags: [...image.repoTags],
      RepoDigests: [...image.repoDigests],
      Comment: config.comment || (config.history?.at(-1)?.comment ?? ''),
      Created: image.created,
      Author: config.author ?? '',
      Config: { ...config.config } as ImageInspect['Config'],
      Architecture: config.architecture ?? '',
      ...(config.variant ? { Variant: config.variant } : {}),
      Os: config.os ?? 'linux',
      Size: image.size,
      GraphDriver: {
        Name: 'overlay2',
        Data: { UpperDir: upper, ...(lower.length > 0 ? { LowerDir: lower.join(':') } : {}) },
      },
      RootFS: { Type: 'layers', Layers: image.layers.map(({ diffId }) => diffId) },
      Metadata: {
        LastTagTime: image.lastTagged === 0 ? '0001-01-01T00:00:00Z' : new Date(image.lastTagged).toISOString(),
      },
    } as ImageInspect;
  }

  async history(name: string): Promise<ImageHistoryResponseItem[]> {
    return this.#images.history(name) as ImageHistoryResponseItem[];
  }

  async tag(name: string, target: { readonly repo: string; readonly tag: string }): Promise<void> {
    const reference = parseReference(target.tag === '' ? target.repo : `${target.repo}:${target.tag}`);
    if (reference.digest !== undefined) throw fail('BAD_CONFIG', 'refusing to create a tag with a digest reference');
    await this.#images.tag(name, withDefaultTag(reference));
  }

  async remove(
    name: string,
    options: { readonly force: boolean; readonly noprune: boolean },
  ): Promise<ImageDeleteResponseItem[]> {
    return this.#images.remove(name, options);
  }

  prune(
    filters: Filters,
    { dryRun, afterContainers }: { readonly dryRun: boolean; readonly afterContainers: boolean },
    { signal }: { readonly signal: AbortSignal },
  ): Promise<ImagesPruned> {
    const now = this.#clock.now();
    const without = new Set(dryRun && afterContainers ? this.#idle(filters, now) : []);
    return this.#pruner.prune(filters, now, { signal, dryRun, without });
  }

  count(): number {
    return this.#images.list().length;
  }
}
