import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { errnoOf } from '@wharf/kit';
import { EPOCH } from './epoch.ts';
import { layerArchive } from './layer.ts';
import type { RecipeImage } from './recipe.ts';

const MEDIA = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function sha256(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

function sorted(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes blobs into one layout directory. */
class LayoutWriter {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async blob(mediaType: string, data: Buffer): Promise<Descriptor> {
    const digest = sha256(data);
    await writeFile(join(this.#root, 'blobs/sha256', digest.slice('sha256:'.length)), data);
    return { mediaType, digest, size: data.length };
  }

  json(mediaType: string, value: unknown): Promise<Descriptor> {
    return this.blob(mediaType, Buffer.from(JSON.stringify(value)));
  }

  /** Writes layer, config and manifest of one image; gives the manifest's descriptor. */
  async image(image: RecipeImage, architecture: string): Promise<Descriptor> {
    const archive = await layerArchive(image.files);
    const layer = await this.blob(MEDIA.layer, gzipSync(archive, { level: 6 }));
    const created = EPOCH.toISOString();
    const { Labels, ...config } = image.config;
    const configBlob = await this.json(MEDIA.config, {
      created,
      architecture,
      os: 'linux',
      config: { ...config, Labels: sorted(Labels) },
      rootfs: { type: 'layers', diff_ids: [sha256(archive)] },
      history: [
        { created, created_by: image.createdBy },
        { created, created_by: `CMD ${JSON.stringify(config.Cmd ?? [])}`, empty_layer: true },
      ],
    });
    return this.json(MEDIA.manifest, {
      schemaVersion: 2,
      mediaType: MEDIA.manifest,
      config: configBlob,
      layers: [layer],
      annotations: { 'org.opencontainers.image.created': created, ...sorted(Labels) },
    });
  }
}

/**
 * Writes images as an OCI image layout (image-spec, image-layout.md) to `outDir`: one index entry per tag, named by
 * `org.opencontainers.image.ref.name`. The directory appears whole or not at all and replaces an older one.
 */
export async function writeLayout(outDir: string, images: readonly RecipeImage[], architecture: string): Promise<void> {
  const partial = `${outDir}.${randomUUID()}.partial`;
  await mkdir(join(partial, 'blobs/sha256'), { recursive: true });
  const writer = new LayoutWriter(partial);
  const manifests: unknown[] = [];
  for (const image of images) {
    const descriptor = await writer.image(image, architecture);
    for (const tag of image.tags) {
      manifests.push({
        ...descriptor,
        platform: { architecture, os: 'linux' },
        annotations: { 'org.opencontainers.image.ref.name': tag },
      });
    }
  }
  await writeFile(join(partial, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(partial, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.index, manifests }));
  await replaceDirectory(partial, outDir);
}

/** Puts a directory in the place of another. Two builds at once make the same bytes: whoever comes first has won. */
async function replaceDirectory(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
    await rm(from, { recursive: true, force: true });
  }
}
