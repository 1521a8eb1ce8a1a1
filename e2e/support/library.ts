import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceRoot, type TestRegistry } from '@wharf/testkit';
import { buildLibraryImage } from '../../library/build.ts';
import { fail } from './errors.ts';

interface Row {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Where the library's image of that name lies; builds it first when it is not there. */
export async function libraryLayout(name: string): Promise<string> {
  const layout = join(sourceRoot(), 'build/library', name);
  if (!existsSync(join(layout, 'index.json'))) await buildLibraryImage(name, layout);
  return layout;
}

/** Puts an OCI image layout into a registry under `repository`; gives the tags. */
export function serveLayout(registry: TestRegistry, repository: string, layout: string): string[] {
  const blob = (digest: string): Buffer => readFileSync(join(layout, 'blobs/sha256', digest.replace('sha256:', '')));
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: Row[] };
  return index.manifests.map((row) => {
    const bytes = blob(row.digest);
    const manifest = JSON.parse(bytes.toString()) as { config: Row; layers: Row[] };
    for (const part of [manifest.config, ...manifest.layers]) registry.blob(repository, blob(part.digest));
    const tag = row.annotations?.['org.opencontainers.image.ref.name'];
    if (tag === undefined) throw fail('E2E_LAYOUT', `an entry of ${layout}/index.json has no tag`);
    registry.manifest(repository, tag, bytes, row.mediaType);
    return tag;
  });
}
