import type {
  Filters,
  ImageDeleteResponseItem,
  ImageHistoryResponseItem,
  ImageInspect,
  ImageSummary,
  ProgressMessage,
} from '@wharf/spec';
import type { PruneOptions } from './container.ts';
import type { RequestContext } from './context.ts';

/** Login for one registry as it comes in `X-Registry-Auth`; empty members are left out. */
export interface RegistryCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
  readonly serverAddress?: string;
}

/** A platform as the client wrote it (`linux/arm64/v8`), normalised in case only; parts not written are absent. */
export interface RequestedPlatform {
  readonly os: string;
  readonly architecture?: string;
  readonly variant?: string;
}

export interface PullOptions {
  /** As the client wrote it, completed with its tag or digest: `busybox:1.37`, `r.example/x@sha256:…`, or a bare name. */
  readonly reference: string;
  /** True when the client gave neither tag nor digest, which asks for every tag of the repository. */
  readonly allTags: boolean;
  readonly platform?: RequestedPlatform;
  readonly credentials?: RegistryCredentials;
  /**
   * Takes the progress in Docker's order and wording. The answer's head goes out with the first call, so whatever
   * shall become an HTTP status must be thrown before.
   */
  readonly onEvent: (message: ProgressMessage) => void;
}

export interface ImageListOptions {
  readonly all: boolean;
  readonly filters: Filters;
  readonly digests: boolean;
  readonly sharedSize: boolean;
  readonly manifests: boolean;
}

export interface ImageInspectOptions {
  readonly manifests: boolean;
  readonly platform?: RequestedPlatform;
}

export interface ImageRemoveOptions {
  readonly force: boolean;
  readonly noprune: boolean;
  readonly platforms: readonly RequestedPlatform[];
}

/** Answer of POST /images/prune; null stands for none. Bytes. */
export interface ImagePruneReport {
  readonly ImagesDeleted: readonly ImageDeleteResponseItem[] | null;
  readonly SpaceReclaimed: number;
}

/** What the Image routes need from the engine. Names are what clients write: tag, digest, ID or beginning of an ID. */
export interface ImageBackend {
  /**
   * Resolves when the image is complete. Stops when `context.signal` aborts (the client left), keeping what can be
   * resumed. Throws `invalid` ("invalid reference format"), `not_found` (no such repository or tag), `unauthorized`,
   * `forbidden`, `unavailable` (registry cannot be reached), `data_loss` (wrong digest or size), `cancelled`.
   */
  pull(options: PullOptions, context: RequestContext): Promise<void>;
  /** Throws `invalid` for an unknown filter. */
  list(options: ImageListOptions, context: RequestContext): Promise<ImageSummary[]>;
  /** Throws `not_found` ("No such image: x:latest"). */
  inspect(name: string, options: ImageInspectOptions, context: RequestContext): Promise<ImageInspect>;
  /** Throws `not_found`. */
  history(
    name: string,
    options: { readonly platform?: RequestedPlatform },
    context: RequestContext,
  ): Promise<ImageHistoryResponseItem[]>;
  /** `tag` is empty when the client named none. Throws `not_found`, `invalid` (bad target), `conflict`. */
  tag(name: string, target: { readonly repo: string; readonly tag: string }, context: RequestContext): Promise<void>;
  /** Throws `not_found`, `conflict` (in use, or several tags without force). */
  remove(name: string, options: ImageRemoveOptions, context: RequestContext): Promise<ImageDeleteResponseItem[]>;
  /**
   * Removes images that no container uses: without a name, or (filter `dangling` false) all. Throws `invalid` for an
   * unknown filter, `conflict` while another prune runs.
   */
  prune(filters: Filters, options: PruneOptions, context: RequestContext): Promise<ImagePruneReport>;
}
