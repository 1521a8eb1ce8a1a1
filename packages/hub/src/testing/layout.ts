import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Descriptor, MEDIA_TYPES } from '@wharf/spec';
import { digestOf } from './harness.ts';

/** Writes OCI image layouts for tests. */
export class LayoutWriter {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
    mkdirSync(join(dir, 'blobs', 'sha256'), { recursive: true });
    writeFileSync(join(dir, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  }

  blob(mediaType: string, content: string | Uint8Array): Descriptor {
    const digest = digestOf(content);
    writeFileSync(join(this.dir, 'blobs', 'sha256', digest.slice(7)), content);
    return { mediaType, digest, size: Buffer.byteLength(content) };
  }

  /** An image with one gzipped layer per text (each an empty archive with the text behind its end). */
  image(layers: readonly string[], architecture = 'amd64'): Descriptor {
    const archives = layers.map((text) => Buffer.concat([Buffer.alloc(1024), Buffer.from(text)]));
    const rootfs = { type: 'layers', diff_ids: archives.map(digestOf) };
    const config = this.blob(MEDIA_TYPES.ociConfig, JSON.stringify({ os: 'linux', architecture, rootfs }));
    const descriptors = archives.map((archive) => this.blob(MEDIA_TYPES.ociLayerGzip, gzipSync(archive)));
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers: descriptors };
    const platform = { os: 'linux', architecture };
    return { ...this.blob(MEDIA_TYPES.ociManifest, JSON.stringify(manifest)), platform };
  }

  /** Writes index.json; the keys are names (`org.opencontainers.image.ref.name`), an empty one is left out. */
  index(entries: readonly (readonly [string, Descriptor])[]): void {
    const manifests = entries.map(([name, descriptor]) => ({
      ...descriptor,
      ...(name !== '' && { annotations: { 'org.opencontainers.image.ref.name': name } }),
    }));
    writeFileSync(join(this.dir, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  }
}
