import { createHash, randomUUID } from 'node:crypto';
import type { ContentStore } from '@wharf/content';
import type { Credentials, Endpoint, RegistryClient } from '@wharf/registry';
import {
  type Descriptor,
  type Digest,
  familiarString,
  type ImageConfig,
  isForeignLayerType,
  isIndexType,
  MAX_MANIFEST_BYTES,
  type Manifest,
  MEDIA_TYPES,
  type Platform,
  parseImageDocument,
  type Reference,
} from '@wharf/spec';
import { fail } from '../errors.ts';
import { parseImageConfig } from '../image-config.ts';
import { formatPlatform, platformRank, selectManifest } from '../platform.ts';
import type { BlobHold } from '../store/blob-holds.ts';
import { unlessCancelled } from './cancel.ts';
import { download } from './layer-source.ts';

/** Where documents and layers come from: what a pull needs of a registry client. */
export type ImageSource = Pick<RegistryClient, 'manifest' | 'blob'>;

/** The documents that describe one image for one platform, verified and stored. */
export interface ImageDocuments {
  /** What the reference stood for: an index, or the manifest itself. */
  readonly digest: Digest;
  readonly manifestDigest: Digest;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  readonly configBytes: Buffer;
  /** Index, manifest and configuration in the content store. */
  readonly blobs: readonly Digest[];
  readonly endpoint: Endpoint;
}

export interface FetchOptions {
  readonly platform: Platform;
  /** The caller asked for this platform; otherwise an image without a choice is taken as it is, as Docker does. */
  readonly explicit: boolean;
  readonly credentials?: Credentials;
  readonly signal: AbortSignal;
  /** Keeps the documents until the image has them. */
  readonly hold: BlobHold;
}

const CONFIG_TYPES: readonly string[] = [MEDIA_TYPES.ociConfig, MEDIA_TYPES.dockerConfig, 'application/octet-stream'];
const LAYER_TYPES: readonly string[] = [
  MEDIA_TYPES.ociLayer,
  MEDIA_TYPES.ociLayerGzip,
  MEDIA_TYPES.ociLayerZstd,
  MEDIA_TYPES.dockerLayer,
  MEDIA_TYPES.dockerLayerGzip,
  `${MEDIA_TYPES.dockerLayer}.zstd`,
];
/** Docker's limit is 127 for what overlayfs stacks; the kernel's own is 500. */
const MAX_LAYERS = 500;
const MAX_INDEX_DEPTH = 3;

/** Fetches the manifest of a reference and the configuration that it names. */
export class DocumentFetcher {
  readonly #source: ImageSource;
  readonly #content: ContentStore;

  constructor(source: ImageSource, content: ContentStore) {
    this.#source = source;
    this.#content = content;
  }

  /**
   * Throws NO_MATCHING_MANIFEST, IMAGE_UNSUPPORTED, IMAGE_VERIFICATION_FAILED, IMAGE_INVALID, and what the source throws.
   */
  async fetch(reference: Reference, options: FetchOptions): Promise<ImageDocuments> {
    const { credentials, signal, platform } = options;
    const access = { signal, ...(credentials && { credentials }) };
    const blobs: Digest[] = [];
    let fetched = await unlessCancelled(this.#source.manifest(reference, access), signal);
    const { digest } = fetched.descriptor;
    for (let depth = 0; isIndexType(fetched.descriptor.mediaType); depth += 1) {
      const document = parseImageDocument(fetched.bytes, fetched.descriptor.mediaType);
      const chosen = document.kind === 'index' ? selectManifest(document.index.manifests, platform) : undefined;
      if (!chosen || depth >= MAX_INDEX_DEPTH) throw noMatch(platform);
      blobs.push(await this.#store(fetched.bytes, fetched.descriptor.digest, options.hold));
      const { tag: _, ...repository } = reference;
      const inner = this.#source.manifest({ ...repository, digest: chosen.digest }, access);
      fetched = await unlessCancelled(inner, signal);
    }
    const document = parseImageDocument(fetched.bytes, fetched.descriptor.mediaType);
    if (document.kind !== 'manifest') throw noMatch(platform);
    const { manifest } = document;
    checkManifest(manifest);
    const manifestDigest = await this.#store(fetched.bytes, fetched.descriptor.digest, options.hold);
    const { endpoint } = fetched;
    const configBytes = await this.#config(reference, manifest.config, endpoint, options);
    const config = readConfig(configBytes, manifest, options, reference);
    blobs.push(manifestDigest, await this.#store(configBytes, manifest.config.digest, options.hold));
    return { digest, manifestDigest, manifest, config, configBytes, blobs, endpoint };
  }

  async #config(
    reference: Reference,
    descriptor: Descriptor,
    endpoint: Endpoint,
    { credentials, signal, hold }: FetchOptions,
  ): Promise<Buffer> {
    hold.add(descriptor.digest);
    if (await this.#content.info(descriptor.digest)) return await this.#content.read(descriptor.digest);
    const parts: Uint8Array[] = [];
    const source = download({
      descriptor,
      signal,
      open: (offset) =>
        this.#source.blob(reference, descriptor, { endpoint, offset, signal, ...(credentials && { credentials }) }),
      onProgress: () => {},
      onRetry: () => {},
    });
    for await (const chunk of source) parts.push(chunk);
    const bytes = Buffer.concat(parts);
    if (digestOf(bytes) !== descriptor.digest) {
      const message = `image config verification failed for digest ${descriptor.digest}`;
      throw fail('IMAGE_VERIFICATION_FAILED', message);
    }
    return bytes;
  }

  /** Puts a small document into the content store. Two pulls may do this at once, so each has a key of its own. */
  async #store(bytes: Buffer, digest: Digest, hold: BlobHold): Promise<Digest> {
    hold.add(digest);
    if (await this.#content.info(digest)) return digest;
    const ingest = await this.#content.ingest(`image-${randomUUID()}`, { digest, size: bytes.length });
    try {
      await ingest.write(bytes);
      await ingest.commit();
    } catch (error) {
      await ingest.abort();
      throw error;
    }
    return digest;
  }
}

function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function noMatch(platform: Platform): Error {
  const message = `no matching manifest for ${formatPlatform(platform)} in the manifest list entries`;
  return fail('NO_MATCHING_MANIFEST', message);
}

function checkManifest(manifest: Manifest): void {
  const { config, layers } = manifest;
  if (!CONFIG_TYPES.includes(config.mediaType)) {
    throw fail('IMAGE_UNSUPPORTED', `Encountered remote "${config.mediaType}"(unknown) when fetching`);
  }
  if (config.size > MAX_MANIFEST_BYTES) throw fail('IMAGE_INVALID', 'image configuration is too large');
  if (layers.length > MAX_LAYERS) throw fail('IMAGE_INVALID', `image has more than ${MAX_LAYERS} layers`);
  for (const { mediaType, digest } of layers) {
    if (isForeignLayerType(mediaType)) {
      throw fail('IMAGE_UNSUPPORTED', `layer ${digest} is not distributed by the registry (${mediaType})`);
    }
    if (!LAYER_TYPES.includes(mediaType)) throw fail('IMAGE_UNSUPPORTED', `unsupported layer media type ${mediaType}`);
  }
}

/** Reads the configuration and checks that it is for the platform and speaks of the manifest's layers. */
function readConfig(bytes: Buffer, manifest: Manifest, options: FetchOptions, reference: Reference): ImageConfig {
  const { platform: wanted, explicit } = options;
  const config = parseImageConfig(bytes);
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    throw fail('IMAGE_INVALID', "layers from manifest don't match image configuration");
  }
  if (config.os !== wanted.os) {
    throw fail('IMAGE_UNSUPPORTED', `image operating system "${config.os}" cannot be used on this platform`);
  }
  if (explicit && platformRank(wanted, config) < 0) {
    const platforms = `wanted ${formatPlatform(wanted)}, actual: ${formatPlatform(config)}`;
    const found = `image with reference ${familiarString(reference)} was found`;
    throw fail('NO_MATCHING_MANIFEST', `${found} but does not match the specified platform: ${platforms}`);
  }
  return config;
}
