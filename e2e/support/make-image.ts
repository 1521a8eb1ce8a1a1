import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { TestRegistry } from '@wharf/testkit';

/** What a test wants to see in an image's configuration. */
export interface TestImage {
  /** Uncompressed layer archives, bottom first. */
  readonly layers: readonly Buffer[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** Said in the configuration instead of the layers' real diff IDs. */
  readonly diffIds?: readonly string[];
}

function sha256(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

/** Puts an image into a registry; gives the name to pull, with host and tag. */
export function serveImage(registry: TestRegistry, repository: string, tag: string, image: TestImage): string {
  const layers = image.layers.map((archive) => {
    const data = gzipSync(archive);
    const digest = registry.blob(repository, data);
    return { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', digest, size: data.length };
  });
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created: '2026-11-01T00:00:00Z',
      config: { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], ...image.config },
      rootfs: { type: 'layers', diff_ids: image.diffIds ?? image.layers.map(sha256) },
      history: image.layers.map((_, at) => ({ created: '2026-11-01T00:00:00Z', created_by: `layer ${at}` })),
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      digest: registry.blob(repository, config),
      size: config.length,
    },
    layers,
  };
  registry.manifest(repository, tag, Buffer.from(JSON.stringify(manifest)), manifest.mediaType);
  return `${registry.host}/${repository}:${tag}`;
}
