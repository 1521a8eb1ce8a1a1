import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { WharfError } from '@wharf/kit';
import type { RequestOptions } from '@wharf/registry';
import { type Descriptor, type Digest, type ImageConfig, MEDIA_TYPES, type Reference } from '@wharf/spec';
import type { ImageSource } from '../pull/image-documents.ts';

/** A registry in memory for tests, with faults to order. */

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export interface TestLayer {
  readonly tar: Buffer;
  /** As it travels; the archive itself when left out. */
  readonly blob?: Buffer;
  readonly mediaType?: string;
}

export interface TestImage {
  readonly layers: readonly TestLayer[];
  readonly config?: Partial<ImageConfig>;
  readonly platform?: { readonly architecture: string; readonly variant?: string };
}

/** The bytes of a blob from `offset` on; tests replace it for faults. `attempt` counts from 1. */
export type Serve = (bytes: Buffer, offset: number, attempt: number) => { stream: Readable; offset: number };

const plain: Serve = (bytes, offset) => ({ stream: streamOf(bytes.subarray(offset)), offset });

/** A stream of these bytes in pieces. */
export function streamOf(bytes: Buffer, piece = 64 * 1024): Readable {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += piece) pieces.push(bytes.subarray(at, at + piece));
  return Readable.from(pieces);
}

export class FakeRegistry implements ImageSource {
  readonly #manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  readonly #blobs = new Map<Digest, Buffer>();
  readonly #serve = new Map<Digest, Serve>();
  /** Digests of blobs in the order in which they were asked for. */
  readonly fetched: Digest[] = [];

  /** Puts an image under `repository:tag` names. */
  putImage(names: readonly string[], image: TestImage): { manifest: Digest; config: Digest; layers: Digest[] } {
    const config = {
      os: 'linux',
      architecture: 'amd64',
      ...image.platform,
      created: '2026-01-02T03:04:05Z',
      ...image.config,
      rootfs: { type: 'layers', diff_ids: image.layers.map((layer) => digestOf(layer.tar)) },
    };
    const layers = image.layers.map((layer) => this.putBlob(layer.blob ?? layer.tar, layer.mediaType));
    const configBlob = this.putBlob(Buffer.from(JSON.stringify(config)), MEDIA_TYPES.ociConfig);
    const mediaType = MEDIA_TYPES.ociManifest;
    const manifest = this.putManifest(names, { schemaVersion: 2, mediaType, config: configBlob, layers }, mediaType);
    return { manifest, config: configBlob.digest, layers: layers.map((layer) => layer.digest) };
  }

  putManifest(names: readonly string[], document: object, mediaType: string): Digest {
    const bytes = Buffer.from(JSON.stringify(document));
    const digest = digestOf(bytes);
    for (const name of [...names, digest]) this.#manifests.set(name, { bytes, mediaType });
    return digest;
  }

  putIndex(
    names: readonly string[],
    entries: readonly { digest: Digest; platform: NonNullable<Descriptor['platform']> }[],
  ): Digest {
    const manifests = entries.map(({ digest, platform }) => {
      const size = this.#manifests.get(digest)?.bytes.length ?? 0;
      return { mediaType: MEDIA_TYPES.ociManifest, digest, size, platform };
    });
    const mediaType = MEDIA_TYPES.ociIndex;
    return this.putManifest(names, { schemaVersion: 2, mediaType, manifests }, mediaType);
  }

  putBlob(bytes: Buffer, mediaType: string = MEDIA_TYPES.ociLayer): Descriptor {
    const digest = digestOf(bytes);
    this.#blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** A manifest by `repository:tag` or digest, and a blob by digest: for tests that serve them over HTTP. */
  document(name: string): { bytes: Buffer; mediaType: string } | undefined {
    return this.#manifests.get(name);
  }

  content(digest: string): Buffer | undefined {
    return this.#blobs.get(digest as Digest);
  }

  /** Orders how a blob is served from now on. */
  serve(digest: Digest, serve: Serve): void {
    this.#serve.set(digest, serve);
  }

  async manifest(ref: Reference, _options: RequestOptions) {
    const found = this.#manifests.get(ref.digest ?? `${ref.repository}:${ref.tag}`);
    if (!found) throw new WharfError('MANIFEST_NOT_FOUND', 'not_found', `manifest for ${ref.repository} not found`);
    const { bytes, mediaType } = found;
    return {
      bytes,
      descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
      endpoint: { url: 'http://registry.test' },
    };
  }

  async blob(_ref: Reference, descriptor: Descriptor, options: RequestOptions & { offset?: number }) {
    const bytes = this.#blobs.get(descriptor.digest);
    if (!bytes) throw new WharfError('REMOTE_BLOB_NOT_FOUND', 'not_found', `blob ${descriptor.digest} not found`);
    this.fetched.push(descriptor.digest);
    const attempt = this.fetched.filter((each) => each === descriptor.digest).length;
    return (this.#serve.get(descriptor.digest) ?? plain)(bytes, options.offset ?? 0, attempt);
  }
}
