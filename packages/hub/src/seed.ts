import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@wharf/kit';
import {
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestHex,
  type ImageDocument,
  isForeignLayerType,
  isRepositoryName,
  isTag,
  MANIFEST_MEDIA_TYPES,
  MAX_MANIFEST_BYTES,
  MEDIA_TYPES,
  parseImageDocument,
  parseJsonObject,
} from '@wharf/spec';
import { fail } from './errors.ts';
import type { Library } from './library.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
const MAX_NESTING = 4;

/** How an image is brought into the Hub. */
export interface SeedOptions {
  /** Leave the tag alone when there is one: what somebody has pushed wins. */
  readonly keepTag?: boolean;
}

/** Copies one image of an OCI image layout into a repository. */
class LayoutReader {
  readonly #library: Library;
  readonly #dir: string;
  readonly #repository: string;

  constructor(library: Library, dir: string, repository: string) {
    this.#library = library;
    this.#dir = dir;
    this.#repository = repository;
  }

  async #open(path: string) {
    try {
      return await open(join(this.#dir, path), constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (cause) {
      throw fail('HUB_LAYOUT_INVALID', `not an OCI image layout: ${messageOf(cause)}`, { cause });
    }
  }

  async read(path: string): Promise<Buffer> {
    const file = await this.#open(path);
    try {
      const { size } = await file.stat();
      if (size > MAX_MANIFEST_BYTES)
        throw fail('HUB_LAYOUT_INVALID', `${path} is larger than ${MAX_MANIFEST_BYTES} bytes`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  }

  /** Stores a manifest with everything below it. */
  async importManifest(descriptor: Descriptor, tags: readonly string[], nesting = 0): Promise<void> {
    const bytes = await this.read(blobPath(descriptor.digest));
    const document = parseImageDocument(bytes, descriptor.mediaType);
    await this.#importBelow(document, nesting);
    await this.#library.putManifest(this.#repository, descriptor.digest, document, bytes, tags);
  }

  /** Stores an index that is not a blob of the layout (its index.json) with everything below it. */
  async importIndex(bytes: Buffer, tags: readonly string[]): Promise<void> {
    const document = parseImageDocument(bytes, MEDIA_TYPES.ociIndex);
    await this.#importBelow(document, 0);
    const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    await this.#library.putManifest(this.#repository, digest, document, bytes, tags);
  }

  async #importBelow(document: ImageDocument, nesting: number): Promise<void> {
    if (nesting > MAX_NESTING) throw fail('HUB_LAYOUT_INVALID', 'indexes are nested too deeply');
    if (document.kind === 'index') {
      for (const child of document.index.manifests) {
        if (MANIFEST_MEDIA_TYPES.includes(child.mediaType)) await this.importManifest(child, [], nesting + 1);
        else await this.#importBlob(child);
      }
      return;
    }
    const { config, layers } = document.manifest;
    for (const blob of [config, ...layers]) {
      if (!isForeignLayerType(blob.mediaType)) await this.#importBlob(blob);
    }
  }

  async #importBlob({ digest, size }: Descriptor): Promise<void> {
    await this.#library.importBlob(this.#repository, digest, size, async () => {
      const file = await this.#open(blobPath(digest));
      return file.createReadStream({ highWaterMark: 256 * 1024 });
    });
  }
}

function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/**
 * Imports an image from an OCI image layout directory (image-spec, image layout) as `repository:tag`: the manifest that
 * index.json names by this tag, or its only one, or, where there are several, index.json itself as a multi-platform
 * image. With `keepTag` a tag that the repository has stays where it is. Throws HUB_LAYOUT_INVALID, HUB_NAME_INVALID,
 * HUB_TAG_INVALID.
 */
export async function seedFromLayout(
  library: Library,
  dir: string,
  repository: string,
  tag: string,
  options: SeedOptions = {},
): Promise<void> {
  if (!isRepositoryName(repository)) throw fail('HUB_NAME_INVALID', 'invalid repository name');
  if (!isTag(tag)) throw fail('HUB_TAG_INVALID', 'manifest tag did not match the format of tags');
  const reader = new LayoutReader(library, dir, repository);
  if (parseJsonObject(await reader.read('oci-layout'))['imageLayoutVersion'] !== '1.0.0') {
    throw fail('HUB_LAYOUT_INVALID', 'unknown version of the OCI image layout');
  }
  const bytes = await reader.read('index.json');
  const document = parseImageDocument(bytes, MEDIA_TYPES.ociIndex);
  const manifests = document.kind === 'index' ? document.index.manifests : [];
  const named = manifests.find(({ annotations }) => annotations?.[REF_NAME] === tag);
  const chosen = named ?? (manifests.length === 1 ? manifests[0] : undefined);
  const tags = options.keepTag && library.records.manifest(repository, tag) ? [] : [tag];
  if (chosen) await reader.importManifest(chosen, tags);
  else await reader.importIndex(bytes, tags);
}
