import type { Digest, ImageConfig, Platform } from '@wharf/spec';

/** One layer of an image on disk. */
export interface LayerRecord {
  /** Digest of the uncompressed archive. */
  readonly diffId: Digest;
  /** Absolute path of the directory that overlayfs stacks. */
  readonly dir: string;
  /** Bytes, counted as Docker does: files and the text of symbolic links. */
  readonly size: number;
}

/** A local image. */
export interface ImageRecord {
  /** Digest of the configuration. */
  readonly id: Digest;
  readonly config: ImageConfig;
  /** Bytes of the configuration document. */
  readonly configSize: number;
  /** Names as Docker shows them (`busybox:latest`), sorted. */
  readonly repoTags: readonly string[];
  /** `busybox@sha256:…`: what registries called the image when it was pulled, sorted. */
  readonly repoDigests: readonly string[];
  /** Bottom first. */
  readonly layers: readonly LayerRecord[];
  /** Sum of the layers' sizes in bytes. */
  readonly size: number;
  /** RFC 3339, as the configuration says; `0001-01-01T00:00:00Z` when it does not. */
  readonly created: string;
  /** Milliseconds since 1970 of the last time a name was given to the image; 0 when it has none. */
  readonly lastTagged: number;
  /** Digest of the platform's manifest, when the image came from a registry. */
  readonly manifest?: Digest;
}

/** One message of a pull, in the words and order of Docker's JSON lines. */
export interface PullEvent {
  readonly id?: string;
  readonly status: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly progress?: string;
  readonly aux?: unknown;
}

/** An event of the image store, for the engine's event stream. */
export interface ImageEvent {
  readonly action: 'pull' | 'tag' | 'untag' | 'delete' | 'load' | 'import';
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A container that was made from an image. */
export interface ImageUse {
  readonly container: string;
  readonly running: boolean;
}

/** What the caller wants of a platform; parts that are left out are the host's. */
export type WantedPlatform = Partial<Pick<Platform, 'os' | 'architecture' | 'variant'>>;
