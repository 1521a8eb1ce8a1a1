import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type TestEngine, TestRegistry } from '@wharf/testkit';
import { libraryLayout } from './library.ts';
import { serveImage } from './make-image.ts';
import { compilePrograms } from './programs.spawn.ts';
import { rawTar } from './raw-tar.ts';

interface Row {
  readonly digest: string;
}

/** The uncompressed layer of the library's busybox. */
export async function busyboxLayer(): Promise<Buffer> {
  const layout = await libraryLayout('busybox');
  const blob = (digest: string): Buffer => readFileSync(join(layout, 'blobs/sha256', digest.slice('sha256:'.length)));
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: Row[] };
  const manifest = JSON.parse(blob(index.manifests[0]?.digest ?? '').toString()) as { layers: Row[] };
  return gunzipSync(blob(manifest.layers[0]?.digest ?? ''));
}

/** Gives the engine an image `programs`: busybox, and our test programs in /t. */
export async function provideProgramImage(engine: TestEngine, names: readonly string[]): Promise<void> {
  const members = [...compilePrograms(names)].map(([name, data]) => ({ name: `t/${name}`, data, mode: 0o755 }));
  const registry = await TestRegistry.start();
  try {
    const layers = [await busyboxLayer(), await rawTar([{ name: 't/', type: 'directory' }, ...members])];
    const name = serveImage(registry, 'programs', 'latest', { layers, config: { Cmd: ['sh'] } });
    await engine.docker.ok(['pull', '-q', name]);
    await engine.docker.ok(['tag', name, 'programs']);
    await engine.docker.ok(['rmi', name]);
  } finally {
    await registry.close();
  }
}
